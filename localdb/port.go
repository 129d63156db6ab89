package localdb

import (
	"context"
	"math/rand/v2"
	"net"
	"strconv"
)

// Ports are taken from below the range that systems give to outgoing
// connections (it starts at 32768 on Linux). A server that is down for a
// restart would otherwise lose its port to a client's own outgoing connection;
// on loopback a client that keeps trying can even connect to itself.
const (
	firstPort = 20000
	lastPort  = 31999
)

// freePort returns a TCP port on loopback that nobody listens on right now.
// When none is found it returns a used one, and the start reports that.
func freePort(ctx context.Context) int {
	port := firstPort
	for range 100 {
		port = firstPort + rand.IntN(lastPort-firstPort+1)
		if portFree(ctx, port) {
			break
		}
	}
	return port
}

func portFree(ctx context.Context, port int) bool {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp4", "127.0.0.1:"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	l.Close()
	return true
}
