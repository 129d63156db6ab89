-- fill_stock: the empty shelves of the old sale's items.
INSERT INTO stock_shards (item_id, shard, available, version) SELECT id, 0, 0, 1 FROM items WHERE sale_id = @sale_id
