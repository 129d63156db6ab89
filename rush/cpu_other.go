//go:build !unix

package rush

import "time"

// cpuTime is not known here; the report then leaves the generator's share out.
func cpuTime() time.Duration { return 0 }
