package localdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Redis is a running private Redis server. Its methods may be called from
// several goroutines. The caller must end it with Stop or Kill.
type Redis struct {
	*server
	path string
}

// StartRedis starts redis-server on o.Dir and returns when it answers. Every
// change is on disk before it is acknowledged. The context bounds the start
// only. Errors are those of StartDB.
func StartRedis(ctx context.Context, o Options) (*Redis, error) {
	if err := checkArgs(o.Args); err != nil {
		return nil, err
	}
	f, err := openFolder(o.Dir)
	if err != nil {
		return nil, err
	}
	if err := f.acquire(ctx, o); err != nil {
		return nil, err
	}
	r := &Redis{server: &server{options: o, folder: f, product: redisProduct}}
	last, err := r.prepare(ctx)
	if err != nil {
		f.release()
		return nil, err
	}
	if err := r.launch(ctx, last.Port); err != nil {
		return nil, err
	}
	err = f.writeState(state{Product: redisProduct, Version: r.version, Port: int(r.port.Load()), Secured: true})
	if err != nil {
		return nil, errors.Join(err, r.Kill())
	}
	return r, nil
}

// URL returns the address as clients take it, "redis://127.0.0.1:port/0".
func (r *Redis) URL() string { return "redis://" + r.Addr() + "/0" }

func (r *Redis) prepare(ctx context.Context) (state, error) {
	f := r.folder
	last, err := f.readState()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return last, err
	}
	if err == nil && last.Product != redisProduct {
		return last, fmt.Errorf("localdb: %s was made by %s: %w", f.dir, last.Product, ErrWrongProduct)
	}
	if r.path, err = FindRedis(); err != nil {
		return last, err
	}
	if r.version, err = redisVersion(ctx, r.path); err != nil {
		return last, err
	}
	r.account = unprivileged([]string{"redis", "mysql"}, f.data(), r.path)
	r.warnRoot()
	f.placeSocket("redis.sock")
	r.command = func(ctx context.Context, port int) *exec.Cmd {
		return exec.CommandContext(context.WithoutCancel(ctx), r.path, r.redisArgs(port)...)
	}
	r.ping = r.pingSocket
	if err := os.MkdirAll(f.data(), 0o700); err != nil {
		return last, fmt.Errorf("localdb: %w", err)
	}
	if err := r.account.own(f.data(), f.path("run")); err != nil {
		return last, fmt.Errorf("localdb: %w", err)
	}
	last.Product = redisProduct
	return last, f.writeState(last)
}

// redisVersion returns the version of the program, as "7.0.15".
func redisVersion(ctx context.Context, path string) (string, error) {
	out, err := exec.CommandContext(ctx, path, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("localdb: %s --version: %w", path, err)
	}
	_, rest, ok := strings.Cut(string(out), "v=")
	if !ok {
		return "", fmt.Errorf("localdb: %s is no redis-server", path)
	}
	version, _, _ := strings.Cut(rest, " ")
	return version, nil
}

// pingSocket asks over the socket, which no other server can hold.
func (r *Redis) pingSocket(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", r.folder.socket)
	if err != nil {
		return err
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	if err := conn.SetDeadline(deadline); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return err
	}
	// While it loads its data it answers with an error instead.
	if strings.TrimSpace(answer) != "+PONG" {
		return errors.New("redis answers " + strings.TrimSpace(answer))
	}
	return nil
}
