# What the sending scripts read from a document, whatever its kind.

# Four digits say enough; what is not known stays null.
def short:
  if . == null or . == 0 then .
  else (3 - (fabs | log10 | floor)) as $digits
    | if $digits <= 0 then round else pow(10; $digits) as $p | (. * $p | round) / $p end
  end;

def a_kind: if .kind then "a \(.kind)" else "a document without kind" end;

# keep, rollback or unknown; older files hold a boolean.
def advice:
  if type == "object" then (.advice // (if .should_rollback == true then "rollback"
    elif .should_rollback == false then "keep" else "unknown" end))
  elif . == true then "rollback" elif . == false then "keep" else "unknown" end;

# What a finding is about, with its service or region.
def named: "\(.metric_name)\(if .service then " of " + .service elif .region then " in " + .region else "" end)";

# The document in a few words; for a mail's subject, a message's head.
def title:
  (if .release then ": " + .release else "" end) as $of
  | if .kind == "retrospective" then "Seven days after GA" + $of
    elif .kind == "health_report" then "Health of day \(.day_number): \(.status)" + (if .health_score then ", \(.health_score * 10 | round / 10) of 100" else "" end)
    elif .kind == "daily_summary" then "Day \(.day_number): rollback advice \(.rollback_recommendation | advice)"
    elif .kind == "regression_summary" then "Regressions\($of): \(.overall_assessment // "unknown"), rollback advice \(.rollback_recommendation | advice)"
    elif .kind == "anomaly_report" then "Anomalies\($of): \(.summary.total_incidents // (.incidents // [] | length)) incidents"
    elif .kind == "ga_kpi_summary" then "GA day\($of): \(.certification_status // "unknown")"
    else a_kind end;

# The release that a finding belongs to: ids repeat from release to release.
def scope: .release // .ga_day_timestamp // .ga_start // "unnamed";

def measured:
  if .baseline_value != null and .current_value != null then
    ": \(.current_value | short) \(.unit // "") instead of \(.baseline_value | short) \(.unit // "")" | gsub(" +"; " ") | sub(" $"; "")
  else "" end;
def changed:
  if .drift_percent != null then " (\(if .drift_percent > 0 then "+" else "" end)\(.drift_percent | short) %)" else "" end;

def present: with_entries(select(.value != null and .value != "" and .value != []));

# The advice as a finding: it stands while it is to roll back.
def advised($advice; $reason; $began):
  {id: "rollback", metric: "rollback", severity: "critical", began: $began,
   state: ({rollback: "standing", keep: "over"}[$advice] // "unknown"),
   summary: ("Rollback advice is \($advice)" + (if ($reason // "") != "" then ": " + $reason else "" end))};

# Findings of the documents that say what still stands, each once:
# {id, severity, state: standing, over, acknowledged or unknown, summary, metric,
# service, region, category, group, began, ended, link, impact, actions}. What
# is not known is absent.
def findings:
  (if .kind == "retrospective" then
    [advised(.executive_summary.verdict // "unknown"; .executive_summary.headline; null)]
    + [.degradations[]? | select(.id)
      | {id, severity, metric: .metrics[0]?.metric_name, service, region, category, began, ended, link, impact,
         summary: .description, actions: [.checks[]? | "\(.question) \(.command)"],
         state: (if .resolution_status == "resolved" or .resolution_status == "recovered" then "over"
           elif .acknowledged then "acknowledged"
           elif .resolution_status == "standing" then "standing" else "unknown" end)}]
  elif .kind == "regression_summary" then
    [advised(.rollback_recommendation | advice; (.rollback_recommendation | objects | .reason); null)]
    + [.regressions[]?
      | {id: ("regression:\(.metric_name)" + (if .service then ":service=\(.service)" elif .region then ":region=\(.region)" else "" end)),
         severity, metric: .metric_name, service, region, category, group, began: .first_detected, ended, impact,
         summary: (named + measured + changed), actions: .recommended_actions,
         state: (if .standing == false then "over" elif .acknowledged then "acknowledged"
           elif .standing == true then "standing" else "unknown" end)}]
  elif .kind == "anomaly_report" then
    [.incidents[]?
      | {id: .incident_id, severity, metric: .metrics[0]?, category: .classification, began: .started, ended,
         service: ([.members[]?.service] | unique | if length == 1 then .[0] else null end),
         summary: "\(.classification) in \(.metrics[:4] | join(", "))\(if (.metrics | length) > 4 then " and \((.metrics | length) - 4) more" else "" end)",
         state: (if .status == "closed" then "over" elif .status == "open" then "standing" else "unknown" end)}]
  else error("\(a_kind) does not say what still stands; give a retrospective, a regression_summary or an anomaly_report") end)
  | map(present)
  # The same trouble may have come twice; what stands is told.
  | group_by(.id) | map(sort_by({standing: 0, unknown: 1, acknowledged: 2, over: 3}[.state]) | .[0]);

# Whether a finding that the document no longer has may be said to be gone:
# what was not looked at may well be there.
def looked_at($finding):
  ((.appendix.missing // []) | length == 0)
  and ([(.unknown // .appendix.unknown // [])[]
    | select(.metric_name == $finding.metric and .service == $finding.service and .region == $finding.region)] | length == 0);

def rank: {critical: 4, high: 3, medium: 2, low: 1}[. // ""] // 0;
