// Doorbuster is a flash-sale system whose truth lives in MySQL.
//
// One program does everything; `doorbuster --help` lists the commands. Exit codes: 0 done, 1 failed or the verdict is not clean,
// 2 the command line or a setting is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"doorbuster/web"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "0.1.0-dev"

func main() { os.Exit(run(os.Args[1:])) }

// run is main without the exit, so that tests can call it.
func run(args []string) int {
	var commands cli
	parser, err := kong.New(&commands,
		kong.Name("doorbuster"),
		kong.Description("A flash-sale system whose truth lives in MySQL."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Resolvers(secretFiles()),
	)
	if err != nil {
		fmt.Fprintln(os.Stderr, "doorbuster:", err)
		return 2
	}
	command, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(os.Stderr, "doorbuster: %v\nRun `doorbuster --help`, or --help behind a command.\n", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends a program that does not stop
	log, flush := web.NewLog(os.Stderr, commands.LogLevel)
	defer func() { _ = flush() }() // where a log cannot be written there is nobody to tell
	slog.SetDefault(log)
	command.BindTo(ctx, (*context.Context)(nil))
	command.Bind(log)
	return exitCode(command.Run())
}

// errNotClean says that the command did its work and the answer is bad: an invariant is broken, a rush is not clean.
var errNotClean = errors.New("not clean")

// usageError is a setting that cannot be used.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

func exitCode(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errNotClean):
		return 1
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "doorbuster:", err)
		return 2
	default:
		fmt.Fprintln(os.Stderr, "doorbuster:", err)
		return 1
	}
}
