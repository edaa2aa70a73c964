package schema

// AnomalyReport is what the detector found.
type AnomalyReport struct {
	Header
}
