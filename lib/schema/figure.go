package schema

// KPIFigure is one KPI over GA day and the days after it, as a chart shows it.
type KPIFigure struct {
	MetricName string `json:"metric_name"`
	// Name is the KPI's name for people.
	Name      string `json:"name,omitempty"`
	Service   string `json:"service,omitempty"`
	Region    string `json:"region,omitempty"`
	Unit      string `json:"unit"`
	Direction string `json:"direction"`
	// Objective is in the KPI's unit; absent without one.
	Objective *float64 `json:"objective,omitempty"`
	// Typical is the median of the samples of each step, from the GA time (null
	// when that is not known) to the end of the last day; null where there is no
	// sample. A step is an hour, or longer so that there are at most 192. Of
	// inputs without series it is each day's value.
	Typical Series `json:"typical"`
	// Worst is the worst sample of each step of Typical; absent where neither
	// more nor less is worse, and without series.
	Worst Values `json:"worst,omitempty"`
	// Baseline is what was usual on GA day; absent without its series.
	Baseline *FigureBand `json:"baseline,omitempty"`
	// Caption says what is shown.
	Caption string `json:"caption"`
	// Evidence are the days (day:N) that the values are of.
	Evidence []string `json:"evidence"`
}

// FigureBand is what was usual at each hour of GA day: the 5th and the 95th
// percentile of the samples of that hour and of the hours beside it, 24 values
// from the GA time; null where there are too few.
type FigureBand struct {
	Low  Values `json:"low"`
	High Values `json:"high"`
}
