// Command bench measures the shop against every other way of selling one item, on private servers, side by side in one go: a table of
// the ratios R1 to R12 with their thresholds, pictures and numbers in bench/report, and the page docs/benchmarks.md.
//
// The parts: load makes the load, design holds what is compared, front is the HTTP server under test, figures writes what came out.
// This package says what is measured against what (stage_*.go), and in which order (plan.go).
//
// Exit codes: 0 done, whatever the thresholds say; 1 a run failed, an audit found something, or the control was not caught; 2 the
// command line is wrong.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"doorbuster/bench/front"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == front.Command {
		os.Exit(front.Child())
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends a program that does not stop
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// cli is the command line.
type cli struct {
	Server     string   `help:"Database server: ${enum}." enum:"mariadb,mysql" default:"mariadb"`
	Short      bool     `help:"About five minutes: three rounds, one second per run, fewer systems."`
	Rounds     int      `help:"Rounds; each system runs once in each (default 5, with --short 3)." placeholder:"N"`
	Only       []string `help:"Only these figures, by the beginning of their ID; nothing but a CSV is written then." placeholder:"R3,R5" sep:","`
	RunSeconds float64  `help:"Length of one run (default 5, with --short 1)." placeholder:"S"`
	Report     string   `help:"Folder for results.json, CSV and pictures." default:"bench/report"`
	Docs       string   `help:"The page to write." default:"docs/benchmarks.md"`
	Data       string   `help:"Folder for the private servers. The disk it is on is what is measured." default:".data/bench"`
}

// errUsage is a command line that cannot be followed.
var errUsage = errors.New("usage")

// Validate refuses what kong cannot know; kong calls it.
func (c *cli) Validate() error {
	if c.Rounds < 0 || c.RunSeconds < 0 || c.RunSeconds > maxRunSeconds {
		return fmt.Errorf("%w: --rounds and --run-seconds must not be below 0, nor a run longer than %d seconds", errUsage, maxRunSeconds)
	}
	for _, id := range c.Only {
		if !anyStageHas(stages(), id) {
			return fmt.Errorf("%w: no figure has an ID that begins with %q", errUsage, id)
		}
	}
	return nil
}

// parse reads the command line. done says that it asked for nothing but help.
func parse(args []string, stdout, stderr io.Writer) (c cli, done bool, err error) {
	parser, err := kong.New(&c,
		kong.Name("bench"),
		kong.Description("Measures the shop against every other way of selling one item, on private servers."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { done = true }),
	)
	if err != nil {
		return c, false, err
	}
	_, err = parser.Parse(args)
	return c, done, err
}

// run is main without the process, so that tests can call it.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	c, done, err := parse(args, stdout, stderr)
	if done {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "bench: %v\nRun `bench --help`.\n", err)
		return 2
	}
	began := time.Now()
	err = measure(ctx, c, stages(), stdout, stderr)
	fmt.Fprintf(stderr, "bench: %s in all\n", time.Since(began).Round(time.Second))
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// measure runs what c selects of all, and writes it down. What was measured is written also where something failed; the error then
// says what.
func measure(ctx context.Context, c cli, all []stage, stdout, stderr io.Writer) (err error) {
	b, err := openBench(ctx, c, stderr)
	if err != nil {
		return err
	}
	for _, s := range chosen(all, c) {
		if err = b.stage(ctx, s); err != nil {
			break // it ended before its time: Ctrl-C, or the database is gone
		}
	}
	err = errors.Join(err, b.close())
	return errors.Join(err, b.report(c, stdout, err == nil), b.verdict())
}
