package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"doorbuster/store"
	"doorbuster/web"
)

// cli is every command and setting of the program. Each setting is a flag and an environment variable; a secret may also come from a
// file named in the variable with _FILE behind it (WEB_DATABASE_URL_FILE=/run/secrets/web).
type cli struct {
	LogLevel slog.Level `help:"Least level that is logged: DEBUG, INFO, WARN, ERROR." default:"INFO" env:"LOG_LEVEL"`

	Demo      demoCmd      `cmd:"" help:"Start everything privately on this machine and open a sale in 30 seconds (make run)."`
	Serve     serveCmd     `cmd:"" help:"Serve shoppers and run the worker in one process, on existing servers."`
	Web       webCmd       `cmd:"" help:"Serve shoppers."`
	Admin     adminCmd     `cmd:"" help:"Serve staff: the console, on a listener of its own."`
	Worker    workerCmd    `cmd:"" help:"Run the worker: what no shopper waits for, from ending holds to sending webhooks."`
	Apply     applyCmd     `cmd:"" help:"Install the database or bring it up to date."`
	Import    importCmd    `cmd:"" help:"Import a products CSV as a new sale."`
	Sale      saleCmd      `cmd:"" help:"List, publish, pause, resume and end sales; add and withdraw units."`
	Staff     staffCmd     `cmd:"" help:"Invite members of staff to the console."`
	Webhook   webhookCmd   `cmd:"" help:"Say who is told of what happens to orders; see what they took, send it again."`
	Mail      mailCmd      `cmd:"" help:"See what shoppers are written; send it again."`
	Reconcile reconcileCmd `cmd:"" help:"See what the worker's audit during a sale has found; approve a repair."`
	Rush      rushCmd      `cmd:"" help:"Send simulated shoppers to a running shop and judge the outcome (make rush)."`
	Audit     auditCmd     `cmd:"" help:"Prove that nothing is oversold, doubled or lost (sql/audit.sql), or that nobody edited the ledger (--seals)."`
	Probe     probeCmd     `cmd:"" help:"Ask a running process whether it is ready (for health checks)."`
	Setup     setupCmd     `cmd:"" hidden:"" help:"Install what the tests need."`
	Version   versionCmd   `cmd:"" help:"Print the version."`
}

type versionCmd struct{}

// Run prints the version.
func (versionCmd) Run() error {
	_, err := fmt.Println("doorbuster", version)
	return err
}

// secretFiles lets every setting X come from the file named in X_FILE.
func secretFiles() kong.Resolver {
	return kong.ResolverFunc(func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		for _, env := range flag.Envs {
			path := os.Getenv(env + "_FILE")
			if path == "" || os.Getenv(env) != "" {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return nil, fmt.Errorf("%s_FILE: %w", env, err)
			}
			return strings.TrimSpace(string(text)), nil
		}
		return nil, nil
	})
}

// parseKeys reads one or two keys of at least 32 bytes in base64, separated by commas, the newer first. The second lets what was
// signed with it stay valid while keys rotate.
func parseKeys(text string) (web.Keys, error) {
	var keys web.Keys
	for part := range strings.SplitSeq(text, ",") {
		key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(part))
		if err != nil {
			return nil, errors.New("a key is not base64; make one with: openssl rand -base64 32")
		}
		if len(key) < 32 {
			return nil, fmt.Errorf("a key has %d bytes and needs 32; make one with: openssl rand -base64 32", len(key))
		}
		keys = append(keys, key)
	}
	if len(keys) > 2 {
		return nil, errors.New("more than two keys: the new one, and the former one while it runs out")
	}
	return keys, nil
}

// listenSettings say where a process listens.
type listenSettings struct {
	Address    string `help:"Where shoppers connect to." default:"127.0.0.1:8080" env:"ADDRESS"`
	OpsAddress string `help:"Where operators connect to: /livez, /readyz, /metrics, /debug/pprof. Keep it private." default:"127.0.0.1:8081" env:"OPS_ADDRESS"`
}

// nameSettings say what the shop is called, and where it is: on pages and in mails.
type nameSettings struct {
	PublicURL string `help:"Address of the shop as shoppers type it." default:"http://127.0.0.1:8080" env:"PUBLIC_URL"`
	ShopName  string `help:"Name of the shop on every page and in every mail." default:"Doorbuster" env:"SHOP_NAME"`
}

// shopSettings say which keys seal what shoppers carry, and what is let in.
type shopSettings struct {
	SessionKeys    string   `help:"One or two keys (base64, 32 bytes) that seal sessions." env:"SESSION_KEYS"`
	PassKeys       string   `help:"One or two keys that sign purchase passes." env:"PASS_KEYS"`
	LinkSecrets    string   `help:"One or two keys that sign the merchant's sign-in links." env:"LINK_SECRETS"`
	TrustedProxies []string `help:"Networks (CIDR) whose X-Forwarded-For is believed." env:"TRUSTED_PROXIES"`
	EventsToken    string   `help:"Token for programs that ask GET /api/events; none: nobody may." env:"EVENTS_TOKEN"`
	AddressLimit   int      `help:"Purchase attempts a second from one network address." default:"200" env:"ADDRESS_LIMIT"`
}

// shopKeys are the keys of a shop, read.
type shopKeys struct{ session, pass, link web.Keys }

// keys reads the keys. They are plain texts until here: a setting that the command line refuses is printed with its value.
func (s shopSettings) keys() (k shopKeys, err error) {
	for _, setting := range []struct {
		name, text string
		keys       *web.Keys
	}{{"SESSION_KEYS", s.SessionKeys, &k.session}, {"PASS_KEYS", s.PassKeys, &k.pass}, {"LINK_SECRETS", s.LinkSecrets, &k.link}} {
		if setting.text == "" {
			return k, usageError{fmt.Errorf("%s is not set; make a key with: openssl rand -base64 32", setting.name)}
		}
		if *setting.keys, err = parseKeys(setting.text); err != nil {
			return k, usageError{fmt.Errorf("%s: %w", setting.name, err)}
		}
	}
	return k, nil
}

// Each process has the address of its own account and of no other.
type (
	webDatabase struct {
		WebDatabaseURL string `help:"Address for the account doorbuster_web: mysql://user:password@host:3306/database." env:"WEB_DATABASE_URL"`
	}
	workerDatabase struct {
		WorkerDatabaseURL string `help:"Address for the account doorbuster_worker: mysql://user:password@host:3306/database." env:"WORKER_DATABASE_URL"`
	}
	staffDatabase struct {
		AdminDatabaseURL string `help:"Address for the account doorbuster_admin; default: the demo that runs from this folder." env:"ADMIN_DATABASE_URL"`
		Data             string `help:"Folder of the demo." default:".data" type:"path"`
	}
)

// need turns an address into the driver's form, or says which setting is missing.
func need(address, setting string) (string, error) {
	if address == "" {
		return "", usageError{fmt.Errorf("%s is not set", setting)}
	}
	dsn, err := store.ParseURL(address)
	if err != nil && !strings.Contains(address, "://") {
		err = errors.New("database address: write it like mysql://user:password@host:3306/database") // the driver's text may hold the password
	}
	if err != nil {
		return "", usageError{fmt.Errorf("%s: %w", setting, err)}
	}
	return dsn, nil
}

// open opens a Store with the merchants' account only.
func (d staffDatabase) open(ctx context.Context) (*store.Store, error) {
	address := d.AdminDatabaseURL
	if address == "" {
		if demo, err := readDemoFile(d.Data); err == nil {
			address = demo.AdminDSN
		}
	}
	dsn, err := need(address, "ADMIN_DATABASE_URL")
	if err != nil {
		return nil, err
	}
	return store.Open(ctx, store.Config{AdminDSN: dsn})
}

// with opens that Store, runs do and closes it again.
func (d staffDatabase) with(ctx context.Context, do func(*store.Store) error) (err error) {
	s, err := d.open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close(ctx)) }()
	return do(s)
}

// terminal says whether f is one, so that bars and colours make sense.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// say prints a line to people; what programs read goes elsewhere.
func say(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...) // nobody is left to tell when the terminal is gone
}
