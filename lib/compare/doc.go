// Package compare holds the KPIs of the days after a release against
// baselines and says what changed: how much, how sure, how bad, and whether to
// roll back. It is documents in, findings out: no I/O, no clock.
//
// A finding needs three things: size (the relative change passes the KPI's
// threshold), evidence (it stands out from the noise between days, after
// paying for every hypothesis examined) and weight (the absolute change passes
// the smallest that matters). What cannot be judged is unknown, with a reason,
// and never "no change".
//
// The method, and where measurements (build/bench-verdicts) made it differ from
// the obvious:
//
//   - Continuous KPIs: medians of hours on a log scale; hour of day and day
//     level fitted together; day levels regressed on a step or ramp whose onset
//     is searched, and on load where the days' loads differ by a tenth. One-sided
//     t. The search is paid for by a factor that grows as p falls (searched).
//   - Eight days say little of the spread between days. What the noise inside
//     the days explains, times 1.4, counts like four more days, and less where
//     the days differ far more than that (prior). Without it a +20% step at three
//     times the ordinary noise is found in 57% of weeks, with it in over 70%, with
//     no more false alarms. The autocorrelation of hours is corrected for what
//     taking out each day's mean hides: without that, days that wander slowly
//     (0.99 between samples) raise twice the false alarms.
//   - Two or three days have nothing to search: the onset is where the hours put
//     it, and the slope on load is assumed against the finding.
//   - The onset is located on whitened hours, then on whitened samples: within
//     two hours in 95% of weeks by hours, in over 99% by samples. Before GA it
//     is believed only when the hours say so clearly.
//   - Incidents that ended twelve hours ago or more are masked first, told with
//     beginning and end, and rated by what they did to their day.
//   - Errors: a conditional binomial test, deflated by what hours and days vary
//     beyond independent events, measured by moments of the negative binomial and
//     not by one factor for all counts: that factor, learnt from three times the
//     errors, hides the rise itself.
//   - Tails: points above 1.5 times their hour's median, tested as counts.
//   - All hypotheses of a comparison share one false discovery rate
//     (Benjamini-Hochberg). Daily looks divide it by five, not seven, since most
//     of what they see is the same.
package compare
