package schema

// HealthReport is the health of one day.
type HealthReport struct {
	Header
}
