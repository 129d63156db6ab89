package main

import (
	"context"
	"fmt"

	"doorbuster/store"
)

// demoProducts is how many products the demo's shop has: enough to fill a draft from, few enough to see them all.
const demoProducts = 12

// makeProducts gives the shop the first of the catalogue as products, the way a merchant does: with an import that is confirmed. A shop that has any keeps what it has.
func (d *demoShop) makeProducts(ctx context.Context, s *store.Store, items []store.NewItem) error {
	by := store.Operator("demo")
	if has, err := s.ListProducts(ctx, by, store.ProductFilter{}, 1); err != nil || len(has) > 0 {
		return err
	}
	var rows []store.ImportRow
	for i, item := range items[:min(demoProducts, len(items))] {
		rows = append(rows, store.ImportRow{
			Line: i + 2, SKU: item.SKU, Title: item.Title, Body: item.Body, Vendor: item.Vendor, ImageURL: item.ImageURL, PriceCents: item.PriceCents,
			ListPriceCents: item.ListPriceCents, Currency: item.Currency, State: store.ProductActive,
		})
	}
	outcome, id, err := s.StartProductImport(ctx, by, store.NewImport{File: "products.csv"})
	if err == nil && outcome == store.Started {
		outcome, err = s.AddImportRows(ctx, by, id, rows, true)
	}
	if err == nil && outcome == store.Ready {
		outcome, err = s.ConfirmProductImport(ctx, by, id)
	}
	for err == nil && (outcome == store.Confirmed || outcome == store.Applied) {
		outcome, err = s.ApplyProductImport(ctx, len(rows))
	}
	if err == nil && outcome != store.Finished && outcome != store.Nothing {
		err = fmt.Errorf("the demo's products: %s", outcome)
	}
	return err
}
