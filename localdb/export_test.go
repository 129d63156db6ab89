package localdb

import (
	"context"
	"os/exec"
)

// Orphan returns the server's process as a test starts it behind the
// package's back: not tied to the life of this process.
func (s *server) Orphan(ctx context.Context) *exec.Cmd {
	cmd := s.command(ctx, int(s.port.Load()))
	cmd.Dir = s.folder.data()
	cmd.SysProcAttr = s.account.credential()
	return cmd
}
