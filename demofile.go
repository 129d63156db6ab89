package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"doorbuster/admin"
)

// defaultData is the folder of the private servers and of what they need to be found again.
const defaultData = ".data"

// demoFile is what `doorbuster demo` leaves for the commands of a second terminal. It holds passwords, so only its owner may read it.
type demoFile struct {
	ShopURL    string   `json:"shop_url"`
	OpsURL     string   `json:"ops_url"`
	ConsoleURL string   `json:"console_url"`
	LinkSecret string   `json:"link_secret"` // base64
	AdminDSN   string   `json:"admin_dsn"`
	AuditorDSN string   `json:"auditor_dsn"`
	SealFile   string   `json:"seal_file"` // heads of the sealed ledger
	Sale       uint64   `json:"sale"`
	HotItem    uint64   `json:"hot_item"`
	Items      []uint64 `json:"items"`
	PID        int      `json:"pid"`
}

func demoPath(data string) string {
	if data == "" {
		data = defaultData
	}
	return filepath.Join(data, "demo.json")
}

func (d demoFile) write(data string) error {
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(demoPath(data), append(text, '\n'), 0o600)
}

// readDemoFile reads what a running demo left; data may be empty for the default folder.
func readDemoFile(data string) (demoFile, error) {
	var d demoFile
	text, err := os.ReadFile(demoPath(data))
	if errors.Is(err, fs.ErrNotExist) {
		return d, errors.New("no shop is running from this folder: start one with `make run` (or name its address)")
	}
	if err != nil {
		return d, err
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return d, fmt.Errorf("%s: %w", demoPath(data), err)
	}
	return d, nil
}

// demoSecrets are made once per data folder and kept in it, so that sessions and passwords survive a restart.
type demoSecrets struct {
	SessionKey string            `json:"session_key"`
	PassKey    string            `json:"pass_key"`
	LinkSecret string            `json:"link_secret"`
	StaffKey   string            `json:"staff_key"`
	StaffTOTP  string            `json:"staff_totp"` // second factor of the demo's owner
	Passwords  map[string]string `json:"passwords"`  // of the database's accounts
}

// loadSecrets reads or makes the secrets of a data folder. What an older version did not make is added.
func loadSecrets(data string) (demoSecrets, error) {
	var s demoSecrets
	path := filepath.Join(data, "secrets.json")
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return s, err
	default:
		if err := json.Unmarshal(text, &s); err != nil || s.complete() {
			return s, err
		}
	}
	s.fill()
	text, err = json.MarshalIndent(s, "", "  ")
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(path, text, 0o600)
}

func (s *demoSecrets) complete() bool { return s.StaffKey != "" && s.StaffTOTP != "" }

// fill makes every secret that is missing.
func (s *demoSecrets) fill() {
	for _, key := range []*string{&s.SessionKey, &s.PassKey, &s.LinkSecret, &s.StaffKey} {
		if *key == "" {
			*key = newKey()
		}
	}
	if s.StaffTOTP == "" {
		s.StaffTOTP = admin.NewSecret()
	}
	if s.Passwords == nil {
		s.Passwords = map[string]string{}
	}
	for _, account := range []string{"web", "admin", "worker", "auditor"} {
		if s.Passwords["doorbuster_"+account] == "" {
			s.Passwords["doorbuster_"+account] = rand.Text()
		}
	}
}

func newKey() string {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails: the runtime ends the program when there is no randomness
	return base64.StdEncoding.EncodeToString(key)
}
