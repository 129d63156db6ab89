//go:build race

package admin

// raced says that the race detector is on: the same work takes ten times as long, and twice the memory.
const raced = true
