package rush

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
)

// Database is what the auditor's account sees of one item. All of it must be read in one consistent snapshot, or the
// judge compares numbers of different moments.
type Database struct {
	Allotted  int       // units the merchant has put on sale
	Available int       // units in all stock shards together
	Orders    []DBOrder // every order of the item, in whatever state
	Broken    []string  // one text per row of audit.sql; none when all is right
}

// DBOrder is one row of orders.
type DBOrder struct {
	ID     uuid.UUID
	User   string // the merchant's id of the customer; empty when the account may not see it
	UserID uint64 // the shopper's number in the shop
	State  string // held, paid, cancelled, expired, refunded
	Units  int
}

// Active says whether the order holds units.
func (o *DBOrder) Active() bool { return o.State == "held" || o.State == "paid" }

// auditTries bounds how long a database that has just been restarted is waited for: about half a minute.
const auditTries = 30

// readBefore notes what is in the database before the first arrival.
func (c *crowd) readBefore(ctx context.Context) error {
	c.hadBefore = map[uuid.UUID]bool{}
	if c.cfg.Audit == nil {
		return nil
	}
	var err error
	if c.before, err = c.audit(ctx); err != nil {
		return err
	}
	for i := range c.before.Orders {
		c.hadBefore[c.before.Orders[i].ID] = true
	}
	return nil
}

// readAfter reads it again when the last answer is in.
func (c *crowd) readAfter(ctx context.Context) (*Database, error) {
	if c.cfg.Audit == nil {
		return nil, nil
	}
	c.progress.say("reading the database")
	return c.audit(ctx)
}

func (c *crowd) audit(ctx context.Context) (*Database, error) {
	for try := 1; ; try++ {
		db, err := c.cfg.Audit(ctx)
		if err == nil && db == nil {
			err = errors.New("the audit gave nothing")
		}
		if err == nil {
			return db, nil
		}
		if try == auditTries || !pause(ctx, time.Second) {
			return nil, fmt.Errorf("rush: the database could not be read: %w", err)
		}
	}
}
