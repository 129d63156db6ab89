package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"strconv"
	"strings"
	"time"

	"doorbuster/bench/figures"
	"doorbuster/bench/front"
	"doorbuster/bench/load"
)

// settingNames are what decides about durability and speed, as either server calls it.
const settingNames = `'version','version_comment','innodb_flush_log_at_trx_commit','sync_binlog','log_bin','binlog_format','binlog_row_image',
'innodb_doublewrite','innodb_flush_method','transaction_isolation','tx_isolation','innodb_log_file_size','innodb_redo_log_capacity',
'innodb_buffer_pool_size','innodb_page_size','innodb_use_native_aio','performance_schema','innodb_adaptive_hash_index','max_connections'`

// readSettings reads the settings and refuses a server that may lose what it has acknowledged.
func (b *bench) readSettings(ctx context.Context) (out []figures.Setting, err error) {
	found, err := b.pairs(ctx, "SHOW GLOBAL VARIABLES WHERE Variable_name IN ("+settingNames+")")
	if err != nil {
		return nil, err
	}
	for name, want := range map[string]string{"innodb_flush_log_at_trx_commit": "1", "sync_binlog": "1", "log_bin": "ON"} {
		if found[name] != want {
			return nil, fmt.Errorf("the server is not durable: %s is %q, not %s", name, found[name], want)
		}
	}
	for name := range strings.SplitSeq(strings.NewReplacer("'", "", "\n", "").Replace(settingNames), ",") {
		if value, ok := found[name]; ok {
			out = append(out, figures.Setting{Name: name, Value: value})
		}
	}
	return append(out, figures.Setting{Name: "redis", Value: b.redis.Version()}), nil
}

// pairs reads two columns of text.
func (b *bench) pairs(ctx context.Context, query string) (out map[string]string, err error) {
	rows, err := b.root.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out = map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, err
		}
		out[name] = value
	}
	return out, rows.Err()
}

// What the servers count. Each transaction that is written to the binary log uses its cache once, on both servers, however it was
// committed; com_commit misses those that commit by themselves, and handler_commit counts statements too. Of the fsyncs of the redo
// log MariaDB keeps no count, of those of the binary log MySQL counts all that is neither read nor written.
const (
	counters     = "SHOW GLOBAL STATUS WHERE Variable_name IN ('Binlog_cache_use','Binlog_group_commits','Innodb_os_log_fsyncs','Innodb_os_log_written')"
	binlogOfP_S  = "SELECT 'Binlog_group_commits', COUNT_MISC FROM performance_schema.file_summary_by_event_name WHERE EVENT_NAME = 'wait/io/file/sql/binlog'"
	perThousand  = 1000
	msPerSecond  = 1000
	bytesPerMB   = 1 << 20
	databaseCPU  = "database"
	redisCPU     = "redis"
	serverCPU    = "server"
	generatorCPU = "generator"
	idleCPU      = "idle" // of the machine: what no program used
)

// meter says what a run cost: what each process computed, and what the database did.
type meter struct {
	b       *bench
	fronts  []*front.Process
	began   time.Time
	cpu     map[string]time.Duration
	counted map[string]float64
}

func (b *bench) meter(ctx context.Context, fronts []*front.Process) (*meter, error) {
	m := &meter{b: b, fronts: fronts, began: time.Now()}
	var err error
	if m.counted, err = b.counted(ctx); err != nil {
		return nil, err
	}
	m.cpu, err = m.computed()
	return m, err
}

func (b *bench) counted(ctx context.Context) (map[string]float64, error) {
	text, err := b.pairs(ctx, counters)
	if err != nil {
		return nil, err
	}
	if b.server == "mysql" {
		more, err := b.pairs(ctx, binlogOfP_S)
		if err != nil {
			return nil, err
		}
		maps.Copy(text, more)
	}
	out := map[string]float64{}
	for name, value := range text {
		if out[name], err = strconv.ParseFloat(value, 64); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

// computed is the CPU time of each part so far. The generator counts for itself.
func (m *meter) computed() (map[string]time.Duration, error) {
	out := map[string]time.Duration{}
	var errs []error
	for _, p := range m.fronts {
		cpu, err := p.CPU()
		out[serverCPU] += cpu
		errs = append(errs, err)
	}
	idle, err := load.IdleCPU()
	out[idleCPU] = idle
	errs = append(errs, err)
	for name, pid := range map[string]int{databaseCPU: m.b.db.Pid(), redisCPU: m.b.redis.Pid()} {
		cpu, err := load.CPUOf(pid)
		out[name] = cpu
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// read adds the costs of a run that has just ended to values. orders are those that were placed in it.
func (m *meter) read(ctx context.Context, r load.Result, orders int, values map[string]float64) error {
	wall := time.Since(m.began).Seconds()
	cpu, err := m.computed()
	if err != nil {
		return err
	}
	counted, err := m.b.counted(ctx)
	if err != nil {
		return err
	}
	own := generatorCPU
	if len(m.fronts) == 0 {
		own = "process" // generator and design in one
	}
	values[own+"_cores"] = r.OwnCPU.Seconds() / r.Wall.Seconds()
	for name, total := range cpu {
		spent := (total - m.cpu[name]).Seconds()
		if name == redisCPU && spent < wall/100 {
			continue // it was not asked
		}
		values[name+"_cores"] = spent / wall
		if orders > 0 && name != idleCPU {
			values[name+"_ms_per_1000"] = spent * msPerSecond * perThousand / float64(orders)
		}
	}
	if orders > 0 {
		n := float64(orders)
		delta := func(name string) float64 { return counted[name] - m.counted[name] }
		if commits := delta("Binlog_cache_use"); commits > 0 {
			values["orders_per_commit"] = n / commits
		}
		values["binlog_syncs_per_order"] = delta("Binlog_group_commits") / n
		values["redo_bytes_per_order"] = delta("Innodb_os_log_written") / n
		if _, kept := counted["Innodb_os_log_fsyncs"]; kept {
			values["redo_syncs_per_order"] = delta("Innodb_os_log_fsyncs") / n
		}
	}
	for _, p := range m.fronts {
		values["server_mb"] += resident(p.Pid())
	}
	return nil
}

// resident is the memory of a process in MB, 0 where the system does not tell.
func resident(pid int) float64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if fields := bytes.Fields(line); len(fields) >= 2 && string(fields[0]) == "VmRSS:" {
			kb, err := strconv.ParseFloat(string(fields[1]), 64)
			if err == nil {
				return kb * 1024 / bytesPerMB
			}
		}
	}
	return 0
}

// latencies adds the quantiles and the mean of some answers to values.
func latencies(r load.Result, prefix string, values map[string]float64, classes ...load.Class) {
	answers := 0
	for _, class := range classes {
		answers += r.Counts[class]
	}
	if answers == 0 {
		return
	}
	for name, q := range map[string]float64{"p50_ms": 0.5, "p99_ms": 0.99, "p999_ms": 0.999} {
		values[prefix+name] = float64(r.Quantile(q, classes...).Microseconds()) / 1000
	}
	values[prefix+"mean_ms"] = ms(r.Mean(classes...).Nanoseconds())
}

// surprises are answers that a run must not have, as one line; empty: there are none.
func surprises(counts map[load.Class]int, expected ...load.Class) string {
	var lines []string
	known := map[load.Class]bool{}
	for _, class := range expected {
		known[class] = true
	}
	for class, n := range counts {
		if n > 0 && !known[class] {
			lines = append(lines, fmt.Sprintf("%d answers were %q", n, class))
		}
	}
	return join(lines...)
}
