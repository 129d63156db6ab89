// Command fetchmysql fetches a private MySQL for tests and prints the folder
// that it is in, for DOORBUSTER_MYSQL_ROOT. It installs nothing on the machine.
//
// Its exit status is 0 when MySQL is there, 3 when the packages cannot be
// fetched on this machine, so that a caller may leave out what needs MySQL (and
// say so), and 1 for every other failure.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"doorbuster/localdb"
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir := ""
	if len(os.Args) > 1 {
		dir = os.Args[1]
	}
	root, err := localdb.FetchMySQL(ctx, dir, func(what string) {
		fmt.Fprintln(os.Stderr, "fetchmysql:", what)
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		if errors.Is(err, localdb.ErrCannotFetch) {
			return 3
		}
		return 1
	}
	fmt.Println(root)
	return 0
}
