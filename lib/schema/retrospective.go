package schema

// Retrospective is the report of the seven days.
type Retrospective struct {
	Header
}
