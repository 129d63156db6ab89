package admin

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"doorbuster/admin/page"
	"doorbuster/store"
	"doorbuster/web/wire"
)

// shownRefusals is how many orders of each refusal stand in the report of a task.
const shownRefusals = 50

func (s *Server) exportRoutes() []route {
	return []route{
		{get, "/exports", read, s.listTasks},
		{post, "/exports", sell, s.beginExport},
		{get, "/exports/bulk", sell, s.showBulk},
		{post, "/exports/bulk", sell, s.beginBulk},
		{get, "/exports/{task}", read, s.showTask},
		{get, "/exports/{task}/file", sell, s.fetchExport},
		{post, "/exports/{task}/cancel", sell, s.cancelTask},
	}
}

func taskPath(task uint64) string { return "/exports/" + strconv.FormatUint(task, 10) }

// taskRow is a task as the pages show it.
func taskRow(t store.Task) page.TaskRow {
	row := page.TaskRow{
		ID: t.ID, Kind: t.Kind, State: t.State, Why: t.Why, OrderState: t.OrderState, From: t.FromAt, To: t.ToAt, Format: t.Format, Delimiter: t.Delimiter, BOM: t.BOM, Restock: t.Restock,
		Reason: t.Reason, Total: t.Total, Done: t.Done, Refused: t.Refused, Progress: t.Progress, Bytes: t.Bytes, Made: t.MadeAt, Ended: t.EndedAt, Expires: t.ExpiresAt,
		Expired: expired(t), Actor: t.Actor,
	}
	if t.SaleID != nil && t.SaleTitle != nil {
		row.Sale, row.SaleTitle = *t.SaleID, *t.SaleTitle
	}
	return row
}

// expired says whether the file of a task is gone, by the database's clock.
func expired(t store.Task) bool { return t.ExpiresAt != nil && !t.DatabaseTime.Before(*t.ExpiresAt) }

// saleChoices are the sales that a form offers: those that open latest, and the chosen one.
func (s *Server) saleChoices(a *reply, r *http.Request, chosen uint64) ([]page.SaleChoice, error) {
	sales, err := s.store.ListSales(r.Context(), a.by(), store.SaleFilter{Tab: page.TabAll}, 100)
	if err != nil {
		return nil, err
	}
	var all []page.SaleChoice
	found := chosen == 0
	for _, one := range sales {
		all = append(all, page.SaleChoice{ID: one.ID, Title: one.Title})
		found = found || one.ID == chosen
	}
	if found {
		return all, nil
	}
	one, err := s.store.ShowSale(r.Context(), a.by(), chosen)
	return append(all, page.SaleChoice{ID: one.ID, Title: one.Title}), err
}

// sendTasks sends the list with what v has already: a form that was wrong, something to tell.
func (s *Server) sendTasks(a *reply, r *http.Request, status int, before uint64, v page.TaskListView) error {
	tasks, err := s.store.ListTasks(r.Context(), a.by(), before, perPage+1)
	if err != nil {
		return err
	}
	if v.MayBegin = a.may("sell"); v.MayBegin {
		if v.Sales, err = s.saleChoices(a, r, v.Chosen.Sale); err != nil {
			return err
		}
	}
	if len(tasks) > perPage {
		tasks = tasks[:perPage]
		v.More = withQuery("/exports", url.Values{"before": {strconv.FormatUint(tasks[perPage-1].ID, 10)}})
	}
	for _, t := range tasks {
		v.Tasks = append(v.Tasks, taskRow(t))
	}
	return a.page(r, status, page.TaskList(v))
}

// taskTold are the outcomes of cancelTask that the page of a task has words for.
var taskTold = map[string]bool{string(store.Cancelled): true, string(store.AlreadyEnded): true}

// showTask shows how far a task has come, its file, and what was refused.
func (s *Server) showTask(a *reply, r *http.Request) error {
	id, err := numberOf(r, "task")
	if err != nil {
		return err
	}
	query, err := wire.ReadQuery(r, "told")
	if err != nil {
		return err
	}
	t, err := s.store.ShowTask(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	refusals, err := s.store.ListRefusals(r.Context(), a.by(), id, shownRefusals)
	if err != nil {
		return err
	}
	v := page.TaskView{
		Frame: a.frame(taskPath(id), "exports"), Task: taskRow(t), Now: t.DatabaseTime, MayCancel: a.may("sell"), MayFetch: a.may("sell"),
	}
	if told := query.Get("told"); taskTold[told] {
		v.Told = told
	}
	for _, one := range refusals {
		v.Refusals = append(v.Refusals, page.RefusalRow{Outcome: one.Outcome, Alike: one.Alike, Order: one.OrderID.String()})
	}
	return a.page(r, http.StatusOK, page.TaskShow(v))
}

// cancelTask stops a task.
func (s *Server) cancelTask(a *reply, r *http.Request) error {
	id, err := numberOf(r, "task")
	if err != nil {
		return err
	}
	if _, err := wire.ReadForm(r); err != nil {
		return err
	}
	a.act = "task cancelled"
	outcome, err := s.store.CancelTask(r.Context(), a.by(), id)
	if err != nil {
		return err
	}
	a.outcome = string(outcome)
	switch outcome {
	case store.NotAllowed:
		return refused(page.NotAllowed)
	case store.NoSuchTask:
		return refused(page.NotFound)
	default:
		return a.seeOther(taskPath(id) + "?told=" + string(outcome))
	}
}

// contentTypes of exported files.
var contentTypes = map[string]string{
	formatCSV:  "text/csv; charset=utf-8; header=present",
	formatXLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

// download is a file on its way to a browser. Its headers are sent with its first byte: what goes wrong before is still told on a page.
type download struct {
	a      *reply
	name   string // without the ending
	format string
	begun  bool
}

// writeWait is how long a browser may take for one piece of a file. The whole may take longer than any page.
const writeWait = 30 * time.Second

// begin sends the headers.
func (d *download) begin() {
	if d.begun {
		return
	}
	d.begun = true
	h := d.a.Header()
	h.Set("Content-Type", contentTypes[d.format])
	h.Set("Content-Disposition", `attachment; filename="`+d.name+"."+d.format+`"`)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Request-Id", d.a.id.String())
	d.a.WriteHeader(http.StatusOK)
}

// Write sends a piece.
func (d *download) Write(p []byte) (int, error) {
	d.begin()
	// A connection that knows no deadline is none of ours; then there is none to make longer.
	_ = http.NewResponseController(d.a).SetWriteDeadline(time.Now().Add(writeWait))
	return d.a.Write(p)
}

// fetchExport sends the file of an export, part by part. After a day it is gone.
func (s *Server) fetchExport(a *reply, r *http.Request) error {
	id, err := numberOf(r, "task")
	if err != nil {
		return err
	}
	t, err := s.store.ShowTask(r.Context(), a.by(), id)
	switch {
	case err != nil:
		return err
	case t.Kind == store.TaskExport && t.State == "done" && expired(t):
		return &refusal{outcome: page.NotFound, status: http.StatusGone}
	case t.Kind != store.TaskExport || t.State != "done":
		return refused(page.NotFound)
	}
	a.act, a.outcome = "export fetched", t.Format
	d := &download{a: a, name: fmt.Sprintf("orders-%s-%d", t.MadeAt.Format(time.DateOnly), t.ID), format: t.Format}
	if r.Method == http.MethodHead {
		d.begin()
		return nil
	}
	for number := 1; number <= t.Chunks; number++ {
		body, err := s.store.ReadExport(r.Context(), a.by(), id, number)
		switch {
		case err != nil && number == 1:
			return err
		case err != nil: // it is cut off, so that nobody takes it for the whole
			return fmt.Errorf("part %d of %d: %w", number, t.Chunks, err)
		case t.Format == formatXLSX:
			_, err = d.Write(body)
		default:
			err = unpack(d, body)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// maxPart bounds what a part of a CSV file can become: walkStep lines of a few kB each.
const maxPart = 64 << 20

// unpack writes what a part of a CSV file holds.
func unpack(w io.Writer, part []byte) error {
	z, err := gzip.NewReader(bytes.NewReader(part))
	if err != nil {
		return err
	}
	if n, err := io.Copy(w, io.LimitReader(z, maxPart)); err != nil || n == maxPart {
		return errors.Join(err, fmt.Errorf("after %d bytes of a part", n))
	}
	return z.Close()
}
