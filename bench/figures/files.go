package figures

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// ReadJSON reads what [WriteJSON] wrote. A file that is not there holds no figures.
func ReadJSON(path string) ([]Figure, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("figures: %w", err)
	}
	var all []Figure
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, fmt.Errorf("figures: %s: %w", path, err)
	}
	return all, nil
}

// WriteJSON writes the figures and keeps those of other servers that stand in the file. All figures of a server that is written
// are replaced, so that a server's figures are always of one run. A file that cannot be read is an error and stays as it is.
func WriteJSON(path string, all []Figure) error {
	old, err := ReadJSON(path)
	if err != nil {
		return err
	}
	now := map[string]bool{}
	for _, f := range all {
		now[f.Server] = true
	}
	kept := slices.DeleteFunc(old, func(f Figure) bool { return now[f.Server] })
	both := ordered(append(kept, all...))
	if both == nil {
		both = []Figure{} // an empty array, not null
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // people read it
	e.SetIndent("", "  ")
	if err := e.Encode(both); err != nil {
		return fmt.Errorf("figures: %s: %w", path, err)
	}
	return replace(path, b.Bytes())
}

// WriteCSV writes one line per value, which every spreadsheet can turn around. A run without a value still has its line, with what
// the audit said.
func WriteCSV(path string, all []Series) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	records := [][]string{{"server", "series", "what", "round", "design", "settings", "measure", "value", "unit", "audit"}}
	for _, s := range all {
		for _, sample := range s.Rounds {
			line := func(measure, value string) []string {
				return []string{
					s.Server, s.ID, s.What, strconv.Itoa(sample.Round), sample.Design, sample.Settings, measure, value, s.Unit, sample.Audit,
				}
			}
			if len(sample.Values) == 0 {
				records = append(records, line("", ""))
			}
			for _, name := range slices.Sorted(maps.Keys(sample.Values)) {
				records = append(records, line(name, strconv.FormatFloat(sample.Values[name], 'f', -1, 64)))
			}
		}
	}
	if err := w.WriteAll(records); err != nil {
		return fmt.Errorf("figures: %s: %w", path, err)
	}
	return replace(path, b.Bytes())
}

// replace writes a file whole or not at all: an interrupted run leaves the older one.
func replace(path string, text []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("figures: %w", err)
		}
	}()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".figures-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // after the rename there is nothing to remove
	_, err = f.Write(text)
	if err := errors.Join(err, f.Chmod(0o644), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
