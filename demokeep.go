package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// claim makes sure, before anything is started, that this folder and these addresses are free.
func (d *demoShop) claim(ctx context.Context) (err error) {
	if d.lock, err = lockData(d.cmd.Data); err != nil {
		return err
	}
	var listen net.ListenConfig
	for flag, address := range map[string]string{"--address": d.cmd.Address, "--ops-address": d.cmd.OpsAddress, "--admin-address": d.cmd.AdminAddress} {
		l, err := listen.Listen(ctx, "tcp", address)
		if errors.Is(err, syscall.EADDRINUSE) {
			return usageError{fmt.Errorf("%s is in use: stop what listens there, or choose another with %s", address, flag)}
		}
		if err != nil {
			return usageError{err}
		}
		if err := l.Close(); err != nil {
			return err
		}
	}
	return nil
}

// lockData takes a data folder for this process: two shops in one folder would each tell the second terminal something else. The
// kernel gives the lock back when the process ends, however it ends.
func lockData(data string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(data, "demo.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return f, nil
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		who := ""
		if demo, err := readDemoFile(data); err == nil {
			who = fmt.Sprintf(" (process %d, %s)", demo.PID, demo.ShopURL)
		}
		err = fmt.Errorf("a shop is running from %s already%s: stop it, or choose another folder with --data", data, who)
	}
	return nil, errors.Join(err, f.Close())
}

// restartPause is how long the demo waits before it tries again to start a database that does not start.
const restartPause = 2 * time.Second

// keepDatabase starts the private database again when it ended unasked: a demo survives `kill -9` of its database.
func (d *demoShop) keepDatabase(ctx context.Context) {
	for d.db != nil {
		select {
		case <-ctx.Done():
			return
		case <-d.db.Done():
		}
		if ctx.Err() != nil {
			return
		}
		d.log.Warn("the database has ended; starting it again")
		err := d.db.Restart(ctx)
		if err == nil {
			continue
		}
		d.log.Error("the database does not start", "error", err)
		select {
		case <-ctx.Done():
			return
		case <-time.After(restartPause):
		}
	}
}

// stop ends the private servers, cleanly, after the shop.
func (d *demoShop) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	if d.redis != nil {
		errs = append(errs, d.redis.Stop(ctx))
	}
	if d.db != nil {
		errs = append(errs, d.db.Stop(ctx))
	}
	if d.file.ShopURL != "" {
		if err := os.Remove(demoPath(d.cmd.Data)); !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	if d.lock != nil {
		errs = append(errs, d.lock.Close())
	}
	return errors.Join(errs...)
}
