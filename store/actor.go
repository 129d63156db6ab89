package store

// Actor is who does something in the console or at the command line: a member of staff, whose rights the procedures check, or an operator, who has the
// password of the admin account and so may do everything.
type Actor struct {
	staff uint64 // 0: an operator
	name  string // of the operator
}

// Operator is somebody at the command line; name stands in the log.
func Operator(name string) Actor { return Actor{name: name} }

// Member is a member of staff, by number. The log has the name that the database knows.
func Member(staff uint64) Actor { return Actor{staff: staff} }

// staffID is the in_staff_id of a procedure: NULL for an operator.
func (a Actor) staffID() any {
	if a.staff == 0 && a.name != "" {
		return nil
	}
	return a.staff // 0 is nobody: a forgotten Actor may do nothing
}
