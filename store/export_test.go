package store

import "github.com/jmoiron/sqlx"

// InLine says how many shoppers wait in the queues of item that no batch has taken, and how many queues there are: each of them has
// shoppers in a batch in flight or in line for the next one.
func InLine(s *Store, item uint64) (shoppers, queues int) {
	c := s.combiner
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, q := range c.queues {
		if key.item != item {
			continue
		}
		queues++
		for _, w := range q.waiting {
			if !w.taken {
				shoppers++
			}
		}
	}
	return shoppers, queues
}

// Pools are the pools of s by lane.
func Pools(s *Store) map[string]*sqlx.DB {
	pools := map[string]*sqlx.DB{}
	for _, l := range []*lane{s.purchase, s.pages, s.watch, s.staff, s.worker} {
		pools[l.name] = l.db
	}
	return pools
}

// Closing says that s takes no new shoppers.
func Closing(s *Store) bool {
	s.combiner.mu.Lock()
	defer s.combiner.mu.Unlock()
	return s.combiner.closed
}

// OwnersKnown says whether memory knows who has an order of a sold-out item.
func OwnersKnown(s *Store, item uint64) bool {
	flag := s.soldOut.of(item)
	if flag == nil {
		return false
	}
	flag.mu.Lock()
	defer flag.mu.Unlock()
	return flag.known
}
