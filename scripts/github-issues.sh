#!/bin/sh
# Keeps one GitHub issue for each action item of a retrospective.
#
#   tars-retro --auto -f json | scripts/github-issues.sh --repo owner/name
#   scripts/github-issues.sh [--dry-run] [--repo OWNER/NAME] [--min-priority P] [--label L]... [FILE]
#
# A marker in the body holds the item's id and the release, so that a second
# run creates nothing. A later run changes only what the item says otherwise by
# then: the title, the text between the markers, the label of the priority.
# What people write around the markers, and their labels, stay. An item that
# the retrospective no longer has is closed with a comment and the label
# tars-cleared, unless documents were missing; when it comes back, its issue is
# opened again. What people closed stays closed.
#
#   --repo OWNER/NAME   the repository (env GITHUB_REPOSITORY)
#   --min-priority P    create issues for items from P0 to P (P3: all)
#   --label L           one more label for new issues, beside tars and P0..P3
#   --dry-run           print the issues of the document in place of sending
#
# GITHUB_TOKEN, or a file named by GITHUB_TOKEN_FILE, holds a token that may
# write issues. GITHUB_API_URL (https://api.github.com) is that of GitHub
# Enterprise where needed, https://HOST/api/v3.
set -eu
. "$(dirname "$0")/send.sh"

dry='' file=- repo=${GITHUB_REPOSITORY:-} least=P3 labels=''
while [ $# -gt 0 ]; do
	case $1 in
	--*=*)
		flag=${1%%=*} value=${1#*=}
		shift
		set -- "$flag" "$value" "$@"
		continue
		;;
	--repo | --min-priority | --label) given $# "$1" ;;
	esac
	case $1 in
	--dry-run) dry=yes ;;
	--repo) repo=$2 && shift ;;
	--min-priority) least=$2 && shift ;;
	--label) labels="$labels$2," && shift ;;
	-h | --help) usage ;;
	-?*) wrong_flag "$1" ;;
	*) file=$1 ;;
	esac
	shift
done
case $least in P[0-3]) ;; *) fail "--min-priority is P0, P1, P2 or P3, not $least" 2 ;; esac
case $repo in
*/*/* | *[!A-Za-z0-9._/-]* | /* | */) fail "--repo is owner/name, not $repo" 2 ;;
*/*) ;;
*) [ -n "$dry" ] || fail "--repo owner/name is not given, and GITHUB_REPOSITORY not set" 2 ;;
esac
begin
read_document "$file"

# The issues as they should be, one for each item whatever its priority: an
# item below --min-priority gets no new issue, but is not gone.
from_document '
  if .kind != "retrospective" then error("\(a_kind) has no action items; give a retrospective (tars-retro -f json)") else . end
  | scope as $scope | . as $document
  # A marker cannot be forged by a name in the document, nor people called.
  | def safe: tostring | gsub("<"; "&lt;") | gsub("@"; "@\u200b");
    def told($id): [$document.degradations[]?, $document.unexpected_drifts[]?] | map(select(.id == $id)) | .[0] as $it
      | "- `\($id)`" + (if $it.description then ": " + ($it.description | safe) elif $it.name then ": " + ($it.name | safe) else "" end);
    [.action_items[]? | select(.id) | . as $item
      | "<!-- tars-item \([$scope, .id] | map(@uri) | join(" ")) -->" as $marker
      | {marker: $marker, id, priority: (.priority // "P3"),
         title: (.description | gsub("\\s+"; " ") | gsub("@"; "@\u200b") | if length > 240 then .[:239] + "…" else . end),
         labels: ["tars", (.priority // "P3")],
         section: ([$marker, (.description | safe), "",
           ("Priority \(.priority // "P3")" + (if .reason then " (\(.reason | safe))" else "" end) + (if .owner then ", for the \(.owner | safe)" else "" end)
             + ". From the retrospective of \($scope | safe)."),
           (if (.evidence // []) != [] then "", "It rests on:", "", (.evidence[] | told(.)) else empty end),
           "<!-- /tars-item -->"] | join("\n"))}]' >"$work/items"
if [ -n "$dry" ]; then
	jq --arg least "$least" --arg labels "$labels" '[.[] | select(.priority <= $least)
    | {title, body: .section, labels: (.labels + ($labels | split(",") | map(select(. != ""))))}]' <"$work/items" >"$work/dry"
	cat "$work/dry"
	exit 0
fi

set +x # from here on there are secrets
secret GITHUB_TOKEN || fail "GITHUB_TOKEN is not set; give a token that may write issues in it, or in the file GITHUB_TOKEN_FILE names" 2
option header "Authorization: Bearer $GITHUB_TOKEN"
option header "Accept: application/vnd.github+json"
option header "X-GitHub-Api-Version: 2022-11-28"
limits=403
hint="is GITHUB_TOKEN right, and may it write issues of $repo?"
api=${GITHUB_API_URL:-https://api.github.com}
api=${api%/}
issues=$api/repos/$repo/issues

# list reads the issues that hold a marker into $work/there. None is older than
# GA, which bounds the reading; labels do not tell, a token may lack the right
# to set them.
list() {
	since=$(from_document '.ga_day_timestamp // "" | strings' -r)
	next="$issues?state=all&per_page=100&sort=created&direction=asc${since:+&since=$since}"
	: >"$work/pages"
	while [ -n "$next" ]; do
		request "reading the issues" GET "$next"
		jq -c 'if type == "array" then .[] else error end
      | select(.pull_request == null) | {number, state, title, body: (.body // "" | gsub("\r\n"; "\n")), labels: [.labels[]? | .name? // .]}
      | . + (.body | capture("(?<marker><!-- tars-item [^ ]+ [^ ]+ -->)") // empty)' <"$work/answer" >>"$work/pages" 2>/dev/null ||
			fail "reading the issues: what answers is no GitHub: $(safely "$work/answer")"
		# The next page is asked of the same server alone: it gets the token.
		next=$(header link | tr ',' '\n' | sed -n 's/^ *<\([^>]*\)>.*rel="next".*/\1/p')
		case $next in "$api"/* | '') ;; *) fail "reading the issues: the next page lies elsewhere; is GITHUB_API_URL the address GitHub gives itself?" ;; esac
	done
	jq -s . <"$work/pages" >"$work/there"
}

# plan writes what is to do to $work/plan: for each step four lines, what, the
# issue's number, a comment and the changes.
plan() {
	from_document '
  def markers: "<!-- tars-item [^ ]+ [^ ]+ -->[\\s\\S]*?<!-- /tars-item -->";
  (scope | @uri) as $scope | . as $document
  | ($there[0] | sort_by(.number)) as $there
  | ($items[0][] | . as $item | ([$there[] | select(.marker == $item.marker)] | .[0]) as $issue
    | if $issue == null then select(.priority <= $least)
        | {do: "create", body: {title, body: .section, labels: (.labels + ($labels | split(",") | map(select(. != ""))))}}
      else
        ($issue.labels | map(select(test("^P[0-3]$") | not) | select(. != "tars-cleared"))) as $others
        | ($issue.state == "closed" and any($issue.labels[]; . == "tars-cleared")) as $back
        | ([$issue.body | match(markers)] | .[0]) as $old
        | if $issue.state == "closed" and ($back | not) then empty
          elif $back or $old.string != .section then
            {do: "update", number: $issue.number, body: {
              title, labels: ($others + [.priority] | unique),
              body: (if $old then $issue.body[:$old.offset] + .section + $issue.body[$old.offset + $old.length:] else .section + "\n\n" + $issue.body end)}}
              | if $back then .body.state = "open" | .comment = "The retrospective has this item again." else . end
          else empty end
      end),
    ($there[] | select(.state == "open") | . as $issue
      | (.marker | capture("tars-item (?<scope>[^ ]+) ")).scope as $of | select($of == $scope)
      | select(any($items[0][]; .marker == $issue.marker) | not)
      | if ($document.appendix.missing // []) == [] then
          {do: "close", number, body: {state: "closed", labels: (.labels + ["tars-cleared"] | unique)},
           comment: "The retrospective\(if $document.generated_at then " of " + $document.generated_at else "" end) no longer has this item."}
        else {do: "keep"} end)
  | .do, .number // 0, (.comment // "" | if . == "" then . else {body: .} | tojson end), (.body // {} | tojson)' -r \
		--slurpfile there "$work/there" --slurpfile items "$work/items" --arg least "$least" --arg labels "$labels" >"$work/plan"
}

created=0 updated=0 closed=0 kept=0 lost=0
# carry_out does what is planned; false when no answer came to a creation, of
# which nobody knows then whether it was made.
carry_out() {
	kept=0
	while read -r step && read -r number && read -r comment && read -r body; do
		printf '%s\n' "$body" >"$work/body"
		if [ -n "$comment" ]; then
			printf '%s\n' "$comment" >"$work/comment"
			request "commenting on issue $number" POST "$issues/$number/comments" "$work/comment"
		fi
		case $step in
		create)
			once=yes
			request "creating an issue" POST "$issues" "$work/body" || return 1
			once=''
			created=$((created + 1))
			;;
		update)
			request "changing issue $number" PATCH "$issues/$number" "$work/body"
			updated=$((updated + 1))
			;;
		close)
			request "closing issue $number" PATCH "$issues/$number" "$work/body"
			closed=$((closed + 1))
			;;
		keep) kept=$((kept + 1)) ;;
		esac
	done <"$work/plan"
}
list
plan
until carry_out; do
	lost=$((lost + 1)) try=$lost once=''
	wait_before_try "$lost" || refused "creating an issue"
	list
	plan
done
echo "created $created, updated $updated, closed $closed"
[ "$kept" = 0 ] || echo "$me: $kept open items are not in the retrospective, which lacks documents: they stay open" >&2
