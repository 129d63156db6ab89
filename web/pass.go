package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"doorbuster/web/page"
)

// pass is the permission of one shopper to try for one item, with the id that the order will have. The server makes it after the
// opening, so nobody can press before and nobody can choose an id; repeating a press means sending the same pass again.
type pass struct {
	user   uint64
	item   uint64
	order  uuid.UUID
	issued time.Time // to the millisecond
}

const (
	passLife    = 10 * time.Minute
	passVersion = 1
	passBody    = 1 + 8 + 8 + 16 + 8
)

// passLength is the length of every pass as text.
var passLength = strict.EncodedLen(passBody + sha256.Size)

// passPurpose keeps a signed pass from being taken for anything else that is ever signed with the same key.
var passPurpose = []byte("doorbuster pass\x00")

// passes signs and opens passes with HMAC-SHA256: one pool of ready MACs for each key, the newest first. To key a MAC anew for each press costs
// more than to use it.
type passes struct{ macs []*sync.Pool }

func newPasses(keys Keys) passes {
	var p passes
	for _, key := range keys {
		p.macs = append(p.macs, &sync.Pool{New: func() any { return hmac.New(sha256.New, key) }})
	}
	return p
}

// sign appends the MAC of body by one key to dst.
func sign(macs *sync.Pool, body, dst []byte) []byte {
	mac := macs.Get().(hash.Hash)
	defer macs.Put(mac)
	mac.Reset()
	mac.Write(passPurpose)
	mac.Write(body)
	return mac.Sum(dst)
}

// seal writes a pass, signed with the newest key.
func (p passes) seal(v pass) string {
	b := make([]byte, 0, passBody+sha256.Size)
	b = append(b, passVersion)
	b = binary.BigEndian.AppendUint64(b, v.user)
	b = binary.BigEndian.AppendUint64(b, v.item)
	b = append(b, v.order[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(v.issued.UnixMilli()))
	return strict.EncodeToString(sign(p.macs[0], b, b))
}

// open reads a pass that one of the keys signed. It says nothing about its age or whose it is.
func (p passes) open(text string) (pass, bool) {
	if len(text) != passLength {
		return pass{}, false
	}
	b, err := strict.DecodeString(text)
	if err != nil || len(b) != passBody+sha256.Size {
		return pass{}, false
	}
	body, signed := b[:passBody], b[passBody:]
	good := func(macs *sync.Pool) bool {
		var own [sha256.Size]byte
		return hmac.Equal(sign(macs, body, own[:0]), signed)
	}
	if !slices.ContainsFunc(p.macs, good) || body[0] != passVersion {
		return pass{}, false
	}
	return pass{
		user: binary.BigEndian.Uint64(body[1:]), item: binary.BigEndian.Uint64(body[9:]), order: uuid.UUID(body[17:33]),
		issued: time.UnixMilli(int64(binary.BigEndian.Uint64(body[33:]))).UTC(),
	}, true
}

// newPass makes a pass for now, with a new order id.
func (s *Server) newPass(user, item uint64) pass {
	id := uuid.Must(uuid.NewV7()) // fails only when the machine has no randomness, and then nothing here works
	return pass{user: user, item: item, order: id, issued: s.store.Now()}
}

func (s *Server) passText(p pass) string { return s.passes.seal(p) }

// showPass gives a shopper the pass for an item that is on sale. It asks nobody but memory.
func (s *Server) showPass(a *reply, r *http.Request) error {
	item, err := numberIn(r, "item")
	if err != nil {
		return refused(page.NoSuchItem)
	}
	who, err := s.mustSession(a, r, "")
	if err != nil {
		return err
	}
	if err := s.shopperMay(who); err != nil {
		return err
	}
	if s.draining.Load() || s.store.Live().ReadOnly() {
		return refused(page.Busy)
	}
	phase, err := s.phase(r, item)
	if err != nil {
		return err
	}
	if outcome := notLive(phase, s.store.Live(), item); outcome != "" {
		return refused(outcome)
	}
	p := s.newPass(who.user, item)
	a.sendJSON(http.StatusOK, jsonAnswer{pass: s.passText(p), order: p.order.String(), shopper: who.user})
	return nil
}

// shopperMay counts an act of a shopper.
func (s *Server) shopperMay(who session) error {
	wait, ok := s.shoppers.Take(who.user, time.Now())
	if ok {
		return nil
	}
	s.limited("shopper")
	v := refused(page.TooMany)
	v.wait = wait
	return v
}
