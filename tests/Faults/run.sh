#!/usr/bin/env bash
# One fault, one command: tests/Faults/run.sh ROW [--long]. The rows and what was seen stand in docs/reliability.md.
# Runs what is built (dotnet build -c Release); set WRAP to put a word before every test program, such as a queue for a shared machine.
# Exit: 0 all passed, 1 a test failed, was skipped or is not there, 2 wrong usage, 3 this row has no long form yet.
set -euo pipefail
cd "$(dirname "$0")/../.."

# Figures that hang on the machine are held against the bounds of the table: on a busy one a proof may fail for that.
export EDGEGATEWAY_TEST_PROOF=1

usage() {
  echo "Usage: tests/Faults/run.sh ROW [--long] | --check" >&2
  echo "ROW is one of: killed broker backlog disk clock cameras memory hostile intruder" >&2
  exit 2
}

# Each line: test project, then the methods that show the row.
tests_of() {
  case "$1" in
    killed)
      echo "Sync No_committed_event_is_lost_by_kill_9_and_none_counts_twice After_kill_9_the_sums_are_the_truth_less_the_stated_gaps" \
        "An_operations_centre_killed_again_and_again_has_every_event_once_in_effect Kill_9_while_an_outbox_is_being_sealed_loses_nothing_and_the_next_start_ends_the_work"
      echo "Gateway Killed_before_it_was_packed_an_act_is_published_once_by_the_next_start_with_evidence_that_verifies Killed_twice_an_act_keeps_its_id_and_its_file_may_be_gone" \
        "An_event_that_was_committed_before_the_kill_is_not_published_again Stopped_in_the_midst_an_act_is_left_to_the_next_start_and_never_goes_out_without_its_pictures"
      echo "Gateway Killed_again_and_again_a_gateway_leaves_no_ffmpeg_and_sound_databases"
      echo "Vision No_ffmpeg_outlives_a_gateway_that_was_killed" ;;
    broker)
      echo "Sync Events_offered_while_the_broker_is_absent_arrive_when_it_comes A_broker_killed_and_restarted_gets_every_event_once_in_effect" \
        "A_broker_stopped_in_the_midst_of_deliveries_gets_every_event_once_in_effect A_gateway_cut_off_midway_delivers_all_with_their_first_ids" \
        "A_refused_topic_is_kept_and_told_while_others_go_on A_small_receive_maximum_is_respected A_broker_that_hangs_up_over_one_event_gets_all_the_others" \
        "An_event_larger_than_the_brokers_packets_does_not_hold_up_others Each_answer_to_connect_has_its_decision Each_puback_has_its_decision" \
        "A_network_that_parts_without_a_word_loses_nothing_and_is_live_again_soon_after_it_joins A_broker_that_refused_or_was_away_has_the_gateway_again_soon_after_it_returns What_a_broker_drops_at_its_queue_limit_comes_again_until_the_centre_has_stored_it" \
        "Evidence_arrives_whole_over_a_slow_line_that_breaks_a_broker_that_restarts_and_a_gateway_that_restarts" ;;
    backlog)
      echo "Sync A_backlog_is_sent_by_priority_and_within_it_by_row Live_events_pass_the_backlog A_full_queue_gives_up_crossings_then_passages_then_counts_and_never_violations" \
        "A_long_absence_of_the_broker_costs_no_memory_and_no_event The_quota_gives_up_crossings_before_passages_before_counts_and_never_violations The_bound_in_bytes_holds_too" ;;
    disk)
      echo "Sync A_full_disk_is_told_once_and_nothing_offered_is_lost A_damaged_file_is_set_aside_and_what_can_be_read_is_taken_over" \
        "A_folder_that_cannot_be_made_is_tried_again_until_it_can A_file_locked_by_another_program_is_waited_for The_archive_of_counts The_archive_is_mended_while_counts_go_on" \
        "Writes_torn_by_a_power_cut_lose_no_committed_event_and_leave_a_sound_file A_slow_disk_makes_commits_rarer_and_loses_nothing" \
        "A_disk_that_begins_to_fail_is_told_and_costs_no_event A_file_system_mounted_read_only_is_told_and_what_was_offered_is_written_when_it_can_be" \
        "What_was_summed_before_is_read_from_a_disk_that_allows_no_writing" \
        "A_full_disk_leaves_nothing_half_written_and_is_named A_torn_last_line_is_taken_off_and_the_chain_goes_on"
      echo "Vision A_disk_that_runs_full_in_midst_of_a_file_costs_the_ring_alone"
      echo "Gateway A_full_disk_stops_no_camera_and_nothing_counted_is_lost A_disk_that_begins_to_fail_stops_no_camera_and_nothing_counted_is_lost" \
        "A_disk_that_is_read_only_from_the_start_stops_no_camera_and_nothing_counted_is_lost" ;;
    clock)
      echo "Sync Rows_keep_their_order_when_the_clock_steps_back_an_hour A_clock_that_steps_back_an_hour_sums_nothing_twice A_clock_that_steps_forward_a_day_and_back_sums_nothing_twice While_the_clock_follows_nothing_no_signed_command_is_taken" \
        "Ages_take_what_is_old_and_leave_violations_in_the_outbox_and_all_that_a_clock_not_yet_set_has_stamped"
      echo "Vision When_the_box_clock_is_set_back_an_hour_only_utc_steps Time_goes_on_over_a_reconnect_and_a_jump_of_the_streams_own_times"
      echo "Gateway A_clock_that_follows_nothing_for_five_minutes_is_an_alert_until_it_follows_again Order_is_kept_intervals_are_right_and_nothing_is_summed_twice_when_the_clock_goes" ;;
    cameras)
      echo "Vision A_stream_with_a_still_picture_goes_to_frozen_and_comes_back A_size_that_changes_in_midst_of_the_stream_is_told_with_both_sizes" \
        "A_stream_that_stalls_is_noticed_and_comes_back_with_time_going_on A_server_that_dies_is_unreachable_until_it_is_back A_damaged_stream_goes_on_and_its_faults_are_counted"
      echo "Gateway Dead_cameras_are_told_apart_and_do_not_disturb_the_good_one A_camera_thread_that_hangs_stops_the_food_and_one_that_looks_again_brings_it_back" \
        "Flapping_frozen_resized_and_garbage_cameras_leave_the_analysed_share_of_the_others_untouched" ;;
    memory)
      echo "Sync Reconnect_after_reconnect_memory_and_handles_of_a_delivery_stay_flat"
      echo "Vision Opening_and_closing_again_and_again_leaves_no_child_and_no_handle Neither_the_reader_nor_the_taker_allocates_a_byte_a_frame Connection_after_connection_memory_handles_and_children_of_capturing_stay_flat"
      echo "Gateway Hours_of_frames_and_restart_after_restart_of_the_broker_leave_memory_handles_and_children_flat" ;;
    hostile)
      echo "Sync No_command_brings_its_reader_down No_text_of_a_QR_code_brings_its_reader_down No_reply_of_a_REST_registry_brings_its_reader_down" \
        "No_reply_of_a_SOAP_registry_brings_its_reader_down No_evidence_archive_brings_its_verifier_down No_text_brings_the_reader_down Hostile_archives_are_refused_and_bounded What_is_no_command_of_this_gateway_is_refused_with_its_reason" \
        "A_flood_is_dropped_and_counted_while_events_and_later_commands_pass Schema_and_gateway_take_and_refuse_the_same"
      echo "Vision Any_typed_text_gives_a_bounded_reading Any_probabilities_give_a_bounded_reading Random_bytes_are_refused No_typed_plate_brings_its_reader_down No_probabilities_of_a_plate_bring_their_reader_down" \
        "Damaged_bytes_end_in_a_clear_error_or_an_end_and_never_in_more_memory No_answer_of_a_camera_brings_its_reader_down"
      echo "Gateway No_damage_to_a_file_throws_or_prints_its_secrets A_file_nested_without_end_is_refused_in_good_time No_camera_file_brings_its_reader_down No_gateway_file_brings_its_reader_down" ;;
    intruder)
      echo "Sync Without_a_certificate_or_with_a_strangers_the_broker_is_not_reached_and_the_event_kept Tls_is_checked_against_name_and_authority" \
        "With_keys_only_a_fresh_command_signed_by_one_of_them_is_done A_retained_command_is_never_done_and_answers_go_only_where_they_may" \
        "The_audit_log_holds_every_command_in_a_chain_and_nothing_of_its_content A_name_that_could_lead_elsewhere_is_refused Names_that_could_leave_the_folder_are_refused" \
        "A_gateway_taken_over_reaches_no_topic_of_another"
      echo "Gateway Health_and_metrics_answer_on_loopback_under_the_expected_names Off_opens_no_port A_gateway_asks_for_no_address_but_those_that_its_configuration_names" ;;
    *) usage ;;
  esac
}

folder_of() { case "$1" in Gateway) echo EdgeGateway.Tests ;; *) echo "$1.Tests" ;; esac; }
program_of() { case "$1" in Gateway) echo EdgeGateway.Tests ;; *) echo "EdgeGateway.$1.Tests" ;; esac; }

# A renamed test must not turn a row into one that shows nothing.
check() {
  local missing=0 project methods method
  while read -r project methods; do
    for method in $methods; do
      grep -rqE --include=*.cs "(void|Task) $method\(" "tests/$(folder_of "$project")" || { echo "$1: tests/$(folder_of "$project") has no test $method" >&2; missing=1; }
    done
  done < <(tests_of "$1")
  return $missing
}

[ $# -ge 1 ] && [ $# -le 2 ] || usage
if [ "$1" = --check ]; then
  bad=0
  for row in killed broker backlog disk clock cameras memory hostile intruder; do check "$row" || bad=1; done
  exit $bad
fi

row=$1
tests_of "$row" >/dev/null
case "${2:-}" in
  "") ;;
  --long)
    # What has a long form reads it from here; the other tests of the row run as ever.
    case "$row" in killed | broker | backlog | disk | cameras | memory | hostile) ;; *) echo "$row has no long form yet: see 'not shown' in docs/reliability.md." >&2; exit 3 ;; esac
    export EDGEGATEWAY_TEST_LONG=1 ;;
  *) usage ;;
esac
check "$row" || exit 1

failed=0
while read -r project methods; do
  program="tests/$(folder_of "$project")/bin/Release/net10.0/$(program_of "$project")"
  [ -x "$program" ] || { echo "$program is not built: dotnet build tests/$(folder_of "$project") -c Release" >&2; exit 1; }
  newer=$(find src "tests/$(folder_of "$project")" tests/Testing -name obj -prune -o -name '*.cs' -newer "$program.dll" -print -quit)
  # What passes must be what the last line names by its commit.
  [ -z "$newer" ] || { echo "$newer is newer than the built tests: dotnet build tests/$(folder_of "$project") -c Release" >&2; exit 1; }
  arguments=()
  for method in $methods; do arguments+=(-method "*.$method"); done
  printed=$(mktemp)
  # One test at a time: a figure is not measured beside the other tests of its row.
  ${WRAP:-} "$program" "${arguments[@]}" -parallel none -showliveoutput </dev/null | tee "$printed" || failed=1
  # A skipped test has shown nothing, and so has a run of none.
  grep -qE 'Total: [1-9][0-9]*,.* Skipped: 0,' "$printed" || { echo "$row: a test of $project was skipped, or none ran." >&2; failed=1; }
  rm -f "$printed"
done < <(tests_of "$row")
[ $failed = 0 ] && echo "$row${2:+ $2}: all passed, $(date +%F), commit $(git rev-parse --short HEAD)"
exit $failed
