package catalog_test

import (
	"errors"
	"strings"
	"testing"

	"doorbuster/catalog"
)

// Told to keep the good rows, Read gives them beside every problem: none of a row, or of a product, that has one, and none of a file that was cut off.
func TestKeepsGoodRows(t *testing.T) {
	const head = "Handle,Title,Variant SKU,Variant Inventory Qty,Variant Price,Image Src\n"
	for name, c := range map[string]struct {
		file, want string
		problems   int
	}{
		"all good":             {head + "a,A,S-1,1,1.00,\nb,B,S-2,1,1.00,\n", "S-1 S-2", 0},
		"a bad price":          {head + "a,A,S-1,1,x,\nb,B,S-2,1,1.00,\n", "S-2", 1},
		"a bad picture":        {head + "a,A,S-1,1,1.00,http://x/y.jpg\nb,B,S-2,1,1.00,\n", "S-2", 1},
		"the same SKU":         {head + "a,A,S-1,1,1.00,\nb,B,S-1,1,1.00,\n", "S-1", 1},
		"a product's bad head": {head + "a,,S-1,1,1.00,\na,,S-2,1,1.00,\nb,B,S-3,1,1.00,\n", "S-3", 1},
		"a later row differs":  {head + "a,A,S-1,1,1.00,\na,Other,S-2,1,1.00,\n", "S-1", 1},
		"none good":            {head + "a,A,S-1,1,x,\n", "", 1},
		"cut off":              {head + "a,A,S-1,1,1.00,\nb,\"B,S-2,1,1.00,\n", "", 1},
		"no header":            {"a,b\n1,2\n", "", 5},
	} {
		items, err := catalog.Read(strings.NewReader(c.file), catalog.Options{Currency: "EUR", KeepGood: true})
		var problems catalog.Problems
		if err != nil && !errors.As(err, &problems) {
			t.Errorf("%s: %v", name, err)
		}
		var skus []string
		for _, i := range items {
			skus = append(skus, i.SKU)
		}
		if got := strings.Join(skus, " "); got != c.want || (len(problems) > 0) != (c.problems > 0) {
			t.Errorf("%s: %q with %d problems: %v", name, got, len(problems), problems)
		}
		if all, err := catalog.Read(strings.NewReader(c.file), catalog.Options{Currency: "EUR"}); err != nil && len(all) > 0 {
			t.Errorf("%s: items of a bad file, though nobody asked for them", name)
		}
	}
}

func TestPricesComeBack(t *testing.T) {
	for currency, prices := range map[string][]string{"EUR": {"0.00", "0.01", "19.99", "10000000000.00"}, "JPY": {"0", "1", "1999"}, "KWD": {"0.001", "12.500"}} {
		for _, text := range prices {
			minor, err := catalog.ParsePrice(currency, text)
			if got := catalog.WritePrice(currency, minor); err != nil || got != text {
				t.Errorf("%s %s comes back as %s, %v", currency, text, got, err)
			}
		}
	}
	for _, bad := range [][2]string{{"EUR", "1,00"}, {"EUR", "1.000"}, {"JPY", "1.0"}, {"EUR", "-1"}, {"EUR", ""}, {"EURO", "1"}, {"XXX", "1"}, {"eur", "1"}} {
		if minor, err := catalog.ParsePrice(bad[0], bad[1]); err == nil {
			t.Errorf("%s %q is read as %d", bad[0], bad[1], minor)
		}
	}
}
