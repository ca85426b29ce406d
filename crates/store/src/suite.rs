//! One list of tests, run against both databases. PostgreSQL is found at `INTERLINE_TEST_POSTGRES` or on this machine;
//! without one its half is skipped, unless `INTERLINE_REQUIRE` asks for it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::string_slice)]

mod catalog;
mod deliveries;
mod files;
mod ground;
mod hooks;
mod inlets;
mod intents;
mod lost;
mod mirror;
mod opening;
mod problems;
mod rehomed;
mod schedules;
mod sources;

macro_rules! on_both {
    ($($room:ident: $($name:ident)*;)*) => {
        mod lite {
            $($(#[tokio::test]
            async fn $name() {
                super::ground::on_lite(super::$room::$name).await;
            })*)*
        }
        mod postgres {
            $($(#[tokio::test]
            async fn $name() {
                super::ground::on_postgres(super::$room::$name).await;
            })*)*
        }
    };
}

on_both! {
    mirror:
        a_page_comes_back_with_its_cursor
        a_page_that_fails_leaves_neither_records_nor_cursor
        a_page_that_is_given_up_is_kept_whole_or_not_at_all
        keeping_the_same_again_changes_nothing
        a_changed_record_moves_to_the_end
        the_later_copy_of_a_page_counts
        passes_know_what_they_did_not_meet
        what_is_there_is_listed_without_what_is_gone
        what_no_list_shows_is_there_until_one_does
        records_and_hashes_are_found_by_id
        records_without_a_counterpart_are_found
        candidates_are_in_no_pair
        handles_follow_their_record
        whoever_carries_a_handle_is_found_in_pairs_or_not
        what_several_records_say_is_found_two_at_a_time
        pages_kept_at_once_are_counted_one_by_one
        workspaces_and_ends_are_apart;
    intents:
        settled_pairs_are_found_from_both_sides
        references_are_followed_to_their_counterparts
        what_was_intended_outlives_the_program
        changes_come_back_as_they_were
        a_record_has_a_history
        a_run_tells_its_changes_page_by_page
        a_settlement_that_fails_leaves_nothing
        the_later_of_two_bases_counts
        planning_goes_on_where_it_got
        imports_do_not_see_each_other
        a_deleted_import_leaves_no_row
        a_big_batch_is_settled_whole
        a_right_record_is_shared_and_not_taken
        what_the_left_side_was_like_is_remembered;
    rehomed:
        a_counterpart_that_another_replaced_is_known_until_it_is_retired
        what_shared_a_replaced_counterpart_is_planned_anew
        a_counterpart_that_is_gone_is_not_replaced;
    inlets:
        an_inlet_is_kept_once_a_connection_and_goes_with_it;
    lost:
        what_lost_its_counterpart_is_told_from_what_is_gone_itself
        what_was_merged_stands_for_both_and_is_one_s_counterpart
        what_a_reading_did_not_list_is_known;
    files:
        files_are_known_by_address_and_by_contents
        a_file_belongs_to_the_record_that_came_first
        what_misses_a_file_waits_and_is_counted;
    problems:
        problems_close_when_their_record_is_planned_again
        a_problem_that_stays_keeps_its_age
        waiting_records_come_in_pages
        problems_are_found_by_the_beginning_of_their_id
        a_pair_can_be_planned_again
        odd_texts_are_kept;
    catalog:
        connections_come_back_without_their_secret
        a_secret_opens_only_with_its_key_and_in_its_place
        a_connection_in_use_stays
        a_removed_connection_takes_its_mirror_along
        imports_come_back_with_their_version
        names_are_taken_or_missing
        runs_come_back_latest_first
        everything_outlives_the_program;
    schedules:
        a_schedule_comes_back_as_it_was_kept
        a_refused_connection_pauses_until_it_is_changed
        one_worker_at_a_time_has_an_import
        a_dead_holder_is_followed
        of_many_who_want_a_lease_one_gets_it
        who_lost_the_lease_keeps_nothing
        a_lease_outlives_nothing_it_should_not;
    hooks:
        a_hook_comes_back_with_its_secret
        only_what_an_announcing_run_settled_is_told
        an_update_that_was_interrupted_is_told_once
        a_message_is_sent_by_one_until_it_is_answered
        an_import_knows_whether_it_ever_ran_to_its_end;
    deliveries:
        lanes_come_back_as_they_were
        what_was_held_is_ripe_once_it_waits_for_nothing
        the_longest_name_is_found_and_waited_for;
    sources:
        a_source_has_a_name_and_a_key_of_its_own
        a_connection_that_a_source_feeds_stays
        counts_of_events_add_up_minute_by_minute;
}
