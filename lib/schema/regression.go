package schema

// RegressionSummary is the comparison of the week with the baselines.
type RegressionSummary struct {
	Header
}
