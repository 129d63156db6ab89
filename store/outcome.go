package store

import "slices"

// Outcome is an expected answer to a request, as opposed to a fault. The same bytes stand in SQL, on pages (data-outcome), in
// metrics and in docs/outcomes.md.
type Outcome string

// Outcomes of PlaceOrder, in order of precedence: the first that applies is the answer.
const (
	Exists         Outcome = "exists"          // placed before with the same key; the first answer is repeated
	KeyReused      Outcome = "key_reused"      // the key belongs to another shopper or item
	NoSuchItem     Outcome = "no_such_item"    // no such item in a published sale
	Over           Outcome = "over"            // the sale has ended
	NotOpen        Outcome = "not_open"        // the sale has not opened to anybody
	Paused         Outcome = "paused"          // the merchant paused the sale
	TooLate        Outcome = "too_late"        // the attempt came after its deadline; nothing was done
	MembersOnly    Outcome = "members_only"    // members buy before everybody, and the shopper is none
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
	Exists, KeyReused, NoSuchItem, Over, NotOpen, Paused, TooLate, MembersOnly, BadUnits, OverLimit, AlreadyOrdered, SoldOut, NotEnough, Placed, Busy, Unknown,
}

// PressAnswers are what a press can be answered with and what ReportAnswers counts: those of the purchase, and those of the gates in front of it.
var PressAnswers = append(slices.Clone(purchaseOutcomes), "sign_in_needed", "too_many", "bad_pass", "pass_expired", "bad_request")

// Outcomes of PayOrder.
const (
	NoSuchOrder Outcome = "no_such_order" // no such order, or another shopper's
	AlreadyPaid Outcome = "already_paid"  // paid before; nothing changed
	NotPayable  Outcome = "not_payable"   // cancelled, expired or refunded
	HoldEnded   Outcome = "hold_ended"    // the hold's end has passed
	Paying      Outcome = "paying"        // its provider holds the money and is about to take it
	Paid        Outcome = "paid"          // the units are sold
)

// Outcomes of the payments' procedures.
const (
	Started       Outcome = "started"         // a new payment may be made at the provider
	NoSuchPayment Outcome = "no_such_payment" // no payment of this number
	Repeated      Outcome = "repeated"        // known before, or too late to matter; nothing changed
	Settled       Outcome = "settled"         // the payment, and its order, have changed
	Due           Outcome = "due"             // some payments have to be looked after; some events, or this one, have to be sent
)

// Outcomes of ExtendHold.
const (
	NotHeld         Outcome = "not_held"         // paid, cancelled, expired or refunded
	NotExtendable   Outcome = "not_extendable"   // the item gives no extension
	AlreadyExtended Outcome = "already_extended" // extended before; nothing changed
	Extended        Outcome = "extended"
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
	BadTimes      Outcome = "bad_times"     // the end is not after the start, or members would not come before everybody
	Created       Outcome = "created"       // also of SignUp and SignInByLink
	NoSuchSale    Outcome = "no_such_sale"  // no sale of this number
	NotADraft     Outcome = "not_a_draft"   // published already, or still importing
	DuplicateSKU  Outcome = "duplicate_sku" // an SKU stands twice in one sale
	Added         Outcome = "added"
	NotImporting  Outcome = "not_importing" // no import, or finished before
	NoItems       Outcome = "no_items"      // nothing to sell
	Finished      Outcome = "finished"
	Discarded     Outcome = "discarded"
	NoUnits       Outcome = "no_units"     // an item has no units
	ClosesPast    Outcome = "closes_past"  // the end has passed
	MembersPast   Outcome = "members_past" // the time at which members come in has passed
	NoCodes       Outcome = "no_codes"     // members come first, and no access code could let one in
	Published     Outcome = "published"
	AlreadyPaused Outcome = "already_paused"
	NotPublished  Outcome = "not_published" // a draft, or ended
	AlreadyOpen   Outcome = "already_open"  // not paused
	NotPaused     Outcome = "not_paused"    // a draft, or ended
	Resumed       Outcome = "resumed"
	AlreadyEnded  Outcome = "already_ended"
	Ended         Outcome = "ended"
	Withdrawn     Outcome = "withdrawn"
	BadRate       Outcome = "bad_rate"    // not a number of presses a second that a switch can have
	AlreadySet    Outcome = "already_set" // the switch is so already
	Told          Outcome = "told"        // shoppers' pages have another message
	BadMinutes    Outcome = "bad_minutes" // fewer than one, or more than a week

	ChangedMeanwhile Outcome = "changed_meanwhile" // somebody else has changed what the member saw; nothing was done
	Set              Outcome = "set"               // a switch was turned; the shopper's language, a session of the console is as asked
)

// Outcomes of the procedures that prepare a sale, besides those above.
const (
	Updated         Outcome = "updated"          // it is as said
	Removed         Outcome = "removed"          // the item has left the draft
	NotFinished     Outcome = "not_finished"     // an import that still comes in
	Duplicated      Outcome = "duplicated"       // there is a draft like it
	AlreadyArchived Outcome = "already_archived" // archived before; nothing changed
	NotArchived     Outcome = "not_archived"     // not archived; nothing changed
	NotOver         Outcome = "not_over"         // it has not ended yet
	Archived        Outcome = "archived"         // it has left the tabs
	Unarchived      Outcome = "unarchived"       // it has come back to them
)

// Outcomes of UndoAct, besides those above.
const (
	NoSuchLine    Outcome = "no_such_line"   // no line of this number, or nothing that can be undone
	AlreadyUndone Outcome = "already_undone" // taken back before; nothing changed
	Undone        Outcome = "undone"         // it is as it was before
)

// Outcomes of the shoppers' accounts.
const (
	EmailTaken Outcome = "email_taken"  // an account with this e-mail exists; also of InviteStaff
	Known      Outcome = "known"        // the customer has been here before
	NoSuchUser Outcome = "no_such_user" // no shopper of this number
	SignedOut  Outcome = "signed_out"   // older sessions are void; also of SignOutStaff
)

// Outcomes of the workers' procedures.
const (
	Kept    Outcome = "kept"    // the lease stays with its holder
	Taken   Outcome = "taken"   // the lease changed hands; the fencing number was raised
	Waiting Outcome = "waiting" // another worker holds the lease
	Fenced  Outcome = "fenced"  // the fencing number is stale: another worker took over
	Nothing Outcome = "nothing" // there is nothing to do
	Expired Outcome = "expired" // some holds were ended

	Rebalanced Outcome = "rebalanced" // units moved between shards of an item
	Sealed     Outcome = "sealed"     // some ledger lines got their seals
	Found      Outcome = "found"      // some invariants are broken
	Cleaned    Outcome = "cleaned"    // what nobody needs any more was deleted
)

// Outcomes of the procedures of events and webhooks.
const (
	Relayed        Outcome = "relayed"          // some messages became events
	NoSuchWebhook  Outcome = "no_such_webhook"  // no webhook of this number
	Rotated        Outcome = "rotated"          // it has a new secret
	Disabled       Outcome = "disabled"         // it is switched off; of DisableStaff: the member is out
	NoSuchEvent    Outcome = "no_such_event"    // no event of this number was meant for it
	NoSuchDelivery Outcome = "no_such_delivery" // no such event was sent to it
	Done           Outcome = "done"             // the receiver has the event
	Gone           Outcome = "gone"             // the receiver wants no more; its webhook is switched off
	Dead           Outcome = "dead"             // the event, or the mail, was given up; it can be sent again by hand
)

// Outcomes of ApproveRepair, besides Gone: what was found does not stand any more.
const (
	NoSuchFinding   Outcome = "no_such_finding"  // no finding of this number
	Unsigned        Outcome = "unsigned"         // name or reason is missing, or the name is no person's
	AlreadyApproved Outcome = "already_approved" // approved before; nothing changed
	NoRepair        Outcome = "no_repair"        // no ledger line can set it right
	Changed         Outcome = "changed"          // what would be written is not what was offered, or not what was read or seen
	Approved        Outcome = "approved"         // it is written, and the item adds up
	Offered         Outcome = "offered"          // PreviewRepair: the lines are those that are offered
)

// Outcomes of the procedures of mails.
const (
	Warned     Outcome = "warned"       // some shoppers are told that their hold is about to end
	Dropped    Outcome = "dropped"      // what was due had become untrue or too old
	NoSuchMail Outcome = "no_such_mail" // no mail of this number
	Sent       Outcome = "sent"         // a mail server has it
	TooOld     Outcome = "too_old"      // what it tells is not true any more, or long past
)

// Outcomes of the procedures of access codes, besides Over and TooMany, and NoSuchCode: there is none, or it was revoked.
const (
	OpenToAll       Outcome = "open_to_all"      // everybody may buy by now
	AlreadyAdmitted Outcome = "already_admitted" // the shopper is a member; no use was taken
	UsedUp          Outcome = "used_up"          // the code has let in as many as it may
	Admitted        Outcome = "admitted"         // the shopper is a member from now on
	CodeTaken       Outcome = "code_taken"       // the sale has such a code already; nothing was made
	Made            Outcome = "made"             // the codes are good from now on
	AlreadyRevoked  Outcome = "already_revoked"  // revoked before; nothing changed
	Revoked         Outcome = "revoked"          // it lets nobody in any more
)

// Final is an outcome of AskPayment.
const Final Outcome = "final" // the payment has come to its end: nobody asks about it any more

// Outcomes of the procedures of staff. NotAllowed comes first wherever check_staff is asked.
const (
	NotAllowed       Outcome = "not_allowed"        // the member may not do this, or not any more
	Invited          Outcome = "invited"            // a link was made; the former one, if there was one, is void
	NoSuchInvitation Outcome = "no_such_invitation" // no such link, or it was used, replaced, or has run out
	Joined           Outcome = "joined"             // who was invited is a member now
	NoSuchStaff      Outcome = "no_such_staff"      // no active member of this number; of UseTOTPStep also: none with a second factor
	Yourself         Outcome = "yourself"           // a member does not change the own role, state or sign-in
	LastOwner        Outcome = "last_owner"         // the shop would have no active owner left
	Enabled          Outcome = "enabled"            // a disabled member may sign in again
	AlreadyEnrolled  Outcome = "already_enrolled"   // there is a second factor; nothing changed
	Enrolled         Outcome = "enrolled"           // the second factor is set, and the member is signed in
	Replayed         Outcome = "replayed"           // a code of this time step, or of a later one, was taken before
	Used             Outcome = "used"               // the code was taken, and the member is signed in
	NoSuchCode       Outcome = "no_such_code"       // the member has no such recovery code, or it was used; of access codes see below
)

// Outcomes of the procedures of rehearsals, besides Over: it does not run any more.
const (
	BadCrowd        Outcome = "bad_crowd"         // too many simulated shoppers, or too few, or in no time
	Rehearsing      Outcome = "rehearsing"        // a rehearsal runs
	Begun           Outcome = "begun"             // a rehearsal: it runs, and whoever began it must play it
	Stop            Outcome = "stop"              // staff want it to stop
	Noted           Outcome = "noted"             // it goes on; of a run of a job: it is kept
	NoSuchRehearsal Outcome = "no_such_rehearsal" // none of this number
	Deleted         Outcome = "deleted"           // it is gone
)

// Outcomes of the procedures of exports and bulk work, besides Begun: there is a task; Nothing and Changed: there are no such orders, or more than were agreed to.
const (
	TooMany    Outcome = "too_many"     // the shop has enough of them already
	Small      Outcome = "small"        // few enough to be written at once
	NoSuchTask Outcome = "no_such_task" // no task of this number
	TooLarge   Outcome = "too_large"    // the file would take too much
)

// Outcomes of the procedures of products, besides ChangedMeanwhile, Created, Set, Started, Added and Finished.
const (
	NoSuchProduct Outcome = "no_such_product" // no product of this number, or one that is archived, where it is to be sold
	Saved         Outcome = "saved"           // it is as asked
	NoSuchImport  Outcome = "no_such_import"  // no import of this number
	NotReading    Outcome = "not_reading"     // all rows of the import had come in before
	Ready         Outcome = "ready"           // all rows are in; it waits for a yes
	NotReady      Outcome = "not_ready"       // its rows have not all come in, or it was dropped
	Confirmed     Outcome = "confirmed"       // the import runs
	Applied       Outcome = "applied"         // some rows of an import were carried out
)
