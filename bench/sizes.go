package main

import "time"

// sizes say how long and how large everything is.
type sizes struct {
	rounds int
	run    time.Duration // one run, without its warming up
	warm   time.Duration // before each run, not counted
	trial  time.Duration // one try in the search for a baseline's best pool

	oldOrders int // R9: in the table beforehand
	refusals  int // after sold out, before the restock
	burst     int // shoppers at once for burstUnits
}

const (
	maxRunSeconds  = 60
	storeClients   = 512        // goroutines that buy in process
	httpConns      = 256        // connections of the generator
	burstConns     = 1000       // of the burst
	burstUnits     = 100        // on sale in the burst
	restockUnits   = 50         // that come back
	manyItems      = 1000       // of R8
	plenty         = 10_000_000 // units that no run sells out
	fewUnits       = 100        // that each run sells out at once
	freshFrom      = 2_000_000  // number of the first shopper who comes after it is sold out
	mostPerSecond  = 60_000     // requests per second that are prepared for a run over HTTP, half a kilobyte each
	mostUnitRows   = 25_000     // rows per second of a run that are made for the design with a row per unit
	limitedRate    = 1500       // orders a second at most, of the shop whose capacity is limited for R7; see below
	limitedQueue   = 64         // shoppers in its line
	mostInFlight   = 20_000     // calls under way in open loops in process
	shortRefusals  = 100_000
	fullRefusals   = 1_000_000
	shortOldOrders = 1_000_000
	fullOldOrders  = 10_000_000
)

// Why limitedRate is what it is: R7 shows what a storm does to the sales, so sales, storm and refusals together should take at most half
// of the machine; otherwise the lack of cores is measured. By what an answer costs under full load, about 22 µs of server and generator,
// ten times 1,500 requests a second are a third of a core, and 1,500 orders a second in CALLs of about four are half a core more. Below
// full load an answer costs more than that, so it is an aim: what it came to be stands in the series.

// sizesOf reads them off the command line.
func sizesOf(c cli) sizes {
	s := sizes{
		rounds: 5, run: 3 * time.Second, trial: time.Second,
		oldOrders: fullOldOrders, refusals: fullRefusals, burst: 10_000,
	}
	if c.Short {
		s.rounds, s.run, s.trial, s.oldOrders, s.refusals = 3, time.Second, 300*time.Millisecond, shortOldOrders, shortRefusals
	}
	if c.Rounds > 0 {
		s.rounds = c.Rounds
	}
	if c.RunSeconds > 0 {
		s.run = time.Duration(c.RunSeconds * float64(time.Second))
	}
	s.warm = min(s.run/4, time.Second)
	s.trial = min(s.trial, s.run)
	return s
}

// requests is how many are prepared for one run and its warming up.
func (s sizes) requests() int { return max(1000, int(mostPerSecond*(s.run+s.warm).Seconds())) }
