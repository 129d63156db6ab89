package store

// Outcome is an expected answer to a request, as opposed to a fault. The same bytes stand in SQL, on pages (data-outcome), in
// metrics and in docs/outcomes.md.
type Outcome string

// Outcomes of PlaceOrder, in order of precedence: the first that applies is the answer.
const (
	Exists         Outcome = "exists"          // placed before with the same key; the first answer is repeated
	KeyReused      Outcome = "key_reused"      // the key belongs to another shopper or item
	NoSuchItem     Outcome = "no_such_item"    // no such item in a published sale
	Over           Outcome = "over"            // the sale has ended
	NotOpen        Outcome = "not_open"        // the sale has not opened
	Paused         Outcome = "paused"          // the merchant paused the sale
	TooLate        Outcome = "too_late"        // the attempt came after its deadline; nothing was done
	BadUnits       Outcome = "bad_units"       // fewer than one unit
	OverLimit      Outcome = "over_limit"      // more units than one shopper may have
	AlreadyOrdered Outcome = "already_ordered" // the shopper has an active order of the item
	SoldOut        Outcome = "sold_out"        // every shard was empty under its lock
	NotEnough      Outcome = "not_enough"      // some units are left, but fewer than asked
	Placed         Outcome = "placed"          // the units are the shopper's
)

// Outcomes of PlaceOrder that never come from SQL.
const (
	Busy    Outcome = "busy"    // refused before anything was sent; try again after Placement.RetryAfter
	Unknown Outcome = "unknown" // the answer was lost; ask again with the same key
)

// purchaseOutcomes are all answers of PlaceOrder.
var purchaseOutcomes = []Outcome{
	Exists, KeyReused, NoSuchItem, Over, NotOpen, Paused, TooLate, BadUnits, OverLimit, AlreadyOrdered, SoldOut, NotEnough, Placed, Busy, Unknown,
}

// Outcomes of PayOrder.
const (
	NoSuchOrder Outcome = "no_such_order" // no such order, or another shopper's
	AlreadyPaid Outcome = "already_paid"  // paid before; nothing changed
	NotPayable  Outcome = "not_payable"   // cancelled, expired or refunded
	HoldEnded   Outcome = "hold_ended"    // the hold's end has passed
	Paid        Outcome = "paid"          // the units are sold
)

// Outcomes of CancelOrder and RefundOrder.
const (
	AlreadyCancelled Outcome = "already_cancelled"
	NotCancellable   Outcome = "not_cancellable" // paid, expired or refunded
	Cancelled        Outcome = "cancelled"
	AlreadyRefunded  Outcome = "already_refunded"
	NotRefundable    Outcome = "not_refundable" // not paid
	Refunded         Outcome = "refunded"
)

// Outcomes of the merchants' procedures.
const (
	BadTimes      Outcome = "bad_times"     // the end is not after the start
	Created       Outcome = "created"       // also of SignUp and SignInByLink
	NoSuchSale    Outcome = "no_such_sale"  // no sale of this number
	NotADraft     Outcome = "not_a_draft"   // published already, or still importing
	DuplicateSKU  Outcome = "duplicate_sku" // an SKU stands twice in one sale
	Added         Outcome = "added"
	NotImporting  Outcome = "not_importing" // no import, or finished before
	NoItems       Outcome = "no_items"      // nothing to sell
	Finished      Outcome = "finished"
	Discarded     Outcome = "discarded"
	NoUnits       Outcome = "no_units"    // an item has no units
	ClosesPast    Outcome = "closes_past" // the end has passed
	Published     Outcome = "published"
	AlreadyPaused Outcome = "already_paused"
	NotPublished  Outcome = "not_published" // a draft, or ended
	AlreadyOpen   Outcome = "already_open"  // not paused
	NotPaused     Outcome = "not_paused"    // a draft, or ended
	Resumed       Outcome = "resumed"
	AlreadyEnded  Outcome = "already_ended"
	Ended         Outcome = "ended"
	Withdrawn     Outcome = "withdrawn"
	Set           Outcome = "set" // a switch was turned
)

// Outcomes of the shoppers' accounts.
const (
	EmailTaken Outcome = "email_taken"  // an account with this e-mail exists
	Known      Outcome = "known"        // the customer has been here before
	NoSuchUser Outcome = "no_such_user" // no shopper of this number
	SignedOut  Outcome = "signed_out"
)

// Outcomes of the workers' procedures.
const (
	Kept    Outcome = "kept"    // the lease stays with its holder
	Taken   Outcome = "taken"   // the lease changed hands; the fencing number was raised
	Waiting Outcome = "waiting" // another worker holds the lease
	Fenced  Outcome = "fenced"  // the fencing number is stale: another worker took over
	Nothing Outcome = "nothing" // there is nothing to do
	Expired Outcome = "expired" // some holds were ended
)
