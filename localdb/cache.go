package localdb

import (
	"fmt"
	"os"
	"path/filepath"
)

// systemCache is where root keeps the cache when its home is closed to others:
// a server under an unprivileged account must reach the MySQL kept there.
const systemCache = "/var/cache/doorbuster"

// CacheDir returns the folder for what is made once per machine: template data
// folders and a fetched MySQL. It is $DOORBUSTER_CACHE, else the folder
// "doorbuster" in the account's cache. Removing it loses nothing but time.
func CacheDir() (string, error) {
	if dir := os.Getenv("DOORBUSTER_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	base, err := os.UserCacheDir()
	if err != nil && os.Geteuid() != 0 {
		return "", fmt.Errorf("localdb: no cache folder, set DOORBUSTER_CACHE: %w", err)
	}
	dir := filepath.Join(base, "doorbuster")
	if os.Geteuid() == 0 && (err != nil || unprivileged(serverAccounts, filepath.Join(base, "x")) == nil) {
		return systemCache, nil
	}
	return dir, nil
}

// mysqlRoot returns the folder that FetchMySQL unpacks into by default.
func mysqlRoot() (string, error) {
	dir, err := CacheDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(dir, "mysql", "root"), nil
}
