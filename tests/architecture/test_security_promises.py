"""SECURITY.md, sentence by sentence: each has tests that show it, or a reason why there is nothing to test.

A sentence is named by how it begins. After changing one, look at its tests first, then change its line here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "SECURITY.md"
TESTS = ROOT / "library" / "tests"
NOT_PROMISES = {"", "Reporting", "What we assume"}
"""Sections that promise nothing of the code."""

NOTHING_OF_OURS = "Django's own tables and signatures, which a project has without this package"
DEFINITION = "says what the sentence before it does not cover"

TESTS_OF: dict[tuple[str, ...], str] = {
    ("A refresh token and an API token contain 256",): """
        tokens/test_refresh_token.py::test_round_trip
        tokens/test_api_token.py::test_round_trip
        /tests/architecture/test_code_rules.py::test_randomness_comes_from_one_module_only""",
    (
        "The database stores a digest",
        "It stores neither the token",
    ): """
        test_threat_model.py::test_no_table_contains_a_token_or_its_secret
        test_threat_model.py::test_no_stored_value_makes_a_refresh_token
        api_tokens/test_issue_and_revoke.py::test_only_the_digest_is_kept_and_the_token_is_shown_once""",
    ("The server refuses a token that comes over plain",): """
        http/test_https.py::test_refusal_comes_before_any_redirect
        http/test_middleware.py::test_an_endpoint_refuses_plain_http_before_any_redirect
        http/test_caching.py::test_a_refused_token_over_plain_http_enters_nothing""",
    (
        "It also revokes the token if it is sure",
        "It marks an API token as exposed",
    ): """
        http/test_https.py::test_token_on_sure_plain_http_is_refused_and_costs_its_jti_only
        http/test_https.py::test_refresh_token_on_sure_plain_http_costs_its_session
        http/test_https.py::test_unsure_plain_http_is_refused_and_costs_nothing
        http/test_https.py::test_an_exposed_token_ends_its_session_whatever_else_is_wrong
        api_tokens/test_issue_and_revoke.py::test_over_plain_http_it_is_refused_and_flagged_and_lives""",
    ("It never reads a token from a URL",): """
        http/test_middleware.py::test_token_in_the_query_is_not_taken
        http/test_bearer_header.py::test_token_in_query_or_form_alone_is_not_seen
        endpoints/test_revoke.py::test_rv_01_post_only_and_never_a_token_in_the_url""",
    ("The networks in `DANGEROUSLY_ALLOW_HTTP_FROM` are",): """
        http/test_https.py::test_plain_http_is_allowed_from_named_networks_only
        checks/test_ours.py::test_loopback_may_speak_plain_http_in_debug_and_tests_only""",
    ("No script and no view can read the refresh token",): """
        endpoints/test_browser.py::test_login_puts_the_refresh_token_where_no_script_reads_it
        endpoints/test_browser.py::test_no_view_sees_our_cookies
        /tests/browser/test_cross_site.py::test_no_script_sees_the_cookie_not_even_on_its_own_host""",
    ("Only pages of the API's own origin",): """
        endpoints/test_browser.py::test_no_other_page_sets_uses_or_clears_the_cookie
        endpoints/test_browser.py::test_our_own_pages_do
        /tests/browser/test_cross_site.py::test_no_fetch_form_frame_image_or_window_moves_the_session""",
    ("A refresh token from a cookie ends its session",): """
        endpoints/test_browser.py::test_a_stolen_cookie_in_a_body_ends_the_session""",
    ("The server accepts an access token only under",): """
        tokens/test_jws.py::test_key_verifies_its_own_algorithm_only
        tokens/test_access_claims.py::test_every_claim_is_required
        tokens/test_access_claims.py::test_issuer_and_audience_compare_exactly
        http/test_audience.py::test_a_token_opens_the_views_of_its_audience_and_no_other
        attacks/test_issuers.py::test_a_token_of_one_tenant_is_refused_by_another
        test_fuzz.py::test_hostile_claims_under_our_signature""",
    ("It refuses `none`, keys that the token names",): """
        conformance/test_vectors.py::test_no_vector_fails
        tokens/test_jws.py::test_header_that_asks_for_other_keys_or_rules_is_refused
        tokens/test_jws.py::test_other_type_is_refused
        test_encoding.py::test_base64url_has_one_spelling""",
    (
        "`SECRET_KEY` signs no token",
        "`SECRET_KEY` (where `KEY_ENCRYPTION_KEYS` is not set): tokens",
    ): """
        test_threat_model.py::test_secret_key_alone_makes_no_token""",
    ("The server counts every attempt at a password",): """
        concurrency/test_processes.py::test_exactly_as_many_guesses_as_allowed_are_let_through
        endpoints/test_login.py::test_twenty_wrong_passwords_meet_the_throttle_before_the_hasher
        http/test_limited_authenticate.py::test_nothing_is_hashed_once_the_limit_is_reached
        http/test_limited_authenticate.py::test_all_ways_share_one_count
        http/test_password_change.py::test_guesses_at_the_current_password_are_counted
        http/test_password_change.py::test_nothing_is_hashed_once_the_limit_is_reached""",
    ("Code that compares a password itself",): """
        http/test_limited_authenticate.py::test_code_that_checks_passwords_itself
        test_guides.py::test_a_password_that_the_project_checks""",
    (
        "The server counts an attempt at once",
        "It refuses an attempt that it cannot count",
    ): """
        database/test_independent_writes.py::test_transactions_at_once_admit_exactly_the_limit
        database/test_independent_writes.py::test_sqlite_refuses_and_says_what_to_do
        attacks/test_issuers.py::test_made_up_hosts_buy_no_guesses""",
    ("The guesses at one account are bounded",): """
        rate_limits/test_devices.py::test_a_botnet_gets_a_hundred_guesses_a_day_at_one_account
        attacks/test_issuers.py::test_made_up_hosts_buy_a_botnet_no_guesses""",
    ("They do not lock the owner out",): """
        rate_limits/test_devices.py::test_an_unknown_device_is_then_limited_and_a_known_one_is_not
        concurrency/test_brute_force.py::test_guesses_are_bounded_and_the_owner_is_not""",
    (
        "A known-device token authenticates nobody",
        "It ends with the password and",
        "All devices of an account together",
    ): """
        rate_limits/test_known_devices_everywhere.py::test_a_device_outlives_a_rehash_and_ends_with_a_logout_everywhere
        rate_limits/test_devices.py::test_a_fingerprint_of_the_account_is_the_same_until_something_ends
        rate_limits/test_devices.py::test_devices_of_one_account_have_one_count_together""",
    (
        "These take effect on the next request",
        "They also do when `QuerySet.update()`",
    ): """
        http/test_middleware.py::test_revoked_session_is_refused_on_the_next_request
        concurrency/test_processes.py::test_a_token_revoked_in_one_process_is_refused_in_all
        concurrency/test_processes.py::test_a_key_revoked_in_another_process_is_refused_from_then_on
        test_receivers.py::test_password_change_by_update_or_sql_is_noticed_by_the_next_request
        test_receivers.py::test_deleted_user_by_orm_and_by_sql
        concurrency/test_session_revocation.py::test_nothing_lives_on_after_a_logout
        concurrency/test_session_revocation.py::test_nothing_lives_on_after_a_change""",
    (
        "Each request sees the state of its own time",
        "A change by `save()` ends",
        "A change by `QuerySet.update()` or SQL",
    ): """
        sessions/test_switched_off.py::test_each_request_sees_the_state_of_its_own_time
        sessions/test_switched_off.py::test_a_save_ends_the_sessions_for_good
        sessions/test_switched_off.py::test_an_update_that_is_taken_back_leaves_them_valid
        sessions/test_switched_off.py::test_a_refresh_that_is_tried_meanwhile_ends_its_session""",
    ("A used refresh token that comes back",): """
        endpoints/test_refresh.py::test_a_used_token_after_the_grace_ends_its_session_and_no_other
        endpoints/test_refresh.py::test_a_lost_answer_can_be_asked_for_again_with_the_retry_key
        concurrency/test_refusals.py::test_a_reused_token_ends_its_session_for_good""",
    ("Concurrent refreshes with the same token",): """
        concurrency/test_refresh.py::test_everybody_gets_the_same_successor""",
    ("Each gets the same successor",): """
        concurrency/test_refresh.py::test_everybody_gets_the_same_successor
        sessions/test_rotation_rules.py::test_row_13_fresh""",
    ("A caller learns a code",): """
        http/test_challenge.py::test_reason_is_in_the_debug_log_under_the_id_of_the_answer
        test_errors.py::test_reason_is_for_the_developer_and_never_part_of_the_description""",
    ("Only your debug log has the failed check",): """
        http/test_challenge.py::test_reason_is_in_the_debug_log_under_the_id_of_the_answer
        http/test_error_responses.py::test_the_developer_finds_the_reason_under_the_id""",
    ("You decide what `LOGIN_POLICY`",): """
        test_guides.py::test_the_policy
        accounts/test_login_policy.py::test_the_decision""",
    ("Only a valid token or another login enters",): """
        http/test_route_access.py::test_everything_else_is_closed_with_a_challenge
        http/test_route_access.py::test_every_method_is_closed
        http/test_route_access.py::test_a_view_of_any_kind_is_closed""",
    ("Under a session cookie, an unsafe request",): """
        projects/pages/test_pages.py::test_opens_no_route_without_a_csrf_check
        projects/pages/test_pages.py::test_a_check_of_the_projects_own_lets_no_path_by""",
    ("No API token, and no access token with fewer",): """
        projects/pages/test_pages.py::test_a_token_made_to_do_less_opens_nothing
        projects/pages/test_pages.py::test_a_urlconf_of_the_requests_own_is_asked
        attacks/test_admin_scopes.py::test_a_narrowed_token_of_a_superuser_does_nothing""",
    ("This holds for routes",): """
        http/test_caching.py::test_whoever_answers_before_the_view_shows_a_refused_token_nothing_closed""",
    ("`DANGEROUSLY_ALLOW_ANONYMOUS` switches",): """
        http/test_route_access.py::test_the_way_out_has_danger_in_its_name""",
    ("A code that [hands a login over]",): """
        endpoints/test_handover.py::test_the_receiver_begins_and_redeems_once
        endpoints/test_handover.py::test_another_receiver_is_refused
        endpoints/test_handover.py::test_a_receiver_that_began_nothing_is_refused
        endpoints/test_handover.py::test_the_first_receiver_is_the_only_one
        endpoints/test_handover.py::test_an_app_redeems_what_no_page_began
        concurrency/test_handovers.py::test_exactly_one_redeems_a_handover""",
    ("It ends after 60 seconds, and with",): """
        endpoints/test_handover.py::test_it_dies_with_the_login_behind_it
        endpoints/test_handover.py::test_it_ends_with_the_token_that_asked_also_when_that_has_expired
        endpoints/test_handover.py::test_it_ends_with_a_login_that_ends_while_it_is_redeemed""",
    ("A page that makes one sends the password",): """
        endpoints/test_handover.py::test_a_page_sends_the_password_and_comes_from_its_own_origin
        endpoints/test_handover.py::test_a_page_of_an_account_without_a_password_hands_nothing_over_even_after_a_step_up""",
    ("An app sends it, or has stepped up",): """
        endpoints/test_handover.py::test_the_access_token_of_an_app_alone_hands_nothing_over
        endpoints/test_handover.py::test_an_app_of_an_account_without_a_password_steps_up_first""",
    ("By QR code nobody is let in",): """
        endpoints/test_handover.py::test_somebody_elses_code_lets_nobody_in
        endpoints/test_handover.py::test_another_session_of_the_same_user_does_not_approve""",
    ("The new session has the time and the methods",): """
        endpoints/test_handover.py::test_the_receiver_begins_and_redeems_once
        endpoints/test_handover.py::test_it_lasts_no_longer_than_the_login_behind_it
        endpoints/test_handover.py::test_it_has_no_scope_that_the_login_has_not
        endpoints/test_handover.py::test_no_audience_comes_back_that_the_login_was_not_for
        endpoints/test_handover.py::test_nobody_adds_a_strength""",
    (
        "A token is valid only in the database",
        "The position of the middleware",
    ): """
        http/test_deferred.py::test_a_token_opens_its_own_tenant_and_no_other
        http/test_last_look.py::test_a_token_opens_its_own_tenant_and_no_other
        tenants/test_django_tenants.py::test_every_order_of_the_middleware
        database/test_schemas_by_hand.py::test_tenants_in_turns_each_find_their_own_keys
        attacks/test_issuers.py::test_a_token_of_one_tenant_is_refused_by_another""",
    ("A refused token enters no closed route",): """
        http/test_overwritten_user.py::test_a_refused_token_enters_no_closed_route""",
    ("read access to the database: who logged in",): """
        endpoints/test_sessions.py::test_a_session_in_words""",
    ("read access to the database: addresses",): """
        database/test_event_records.py::test_addresses_are_cut_down_after_thirty_days
        api_tokens/test_issue_and_revoke.py::test_is_noted_seldom_and_with_its_source""",
    ("read access to the database: scopes",): """
        sessions/test_issue.py::test_session_is_one_row_and_no_secret_is_in_it""",
    ("read access to the database: digests",): """
        test_threat_model.py::test_the_dump_is_of_every_table""",
    ("read access to the database: a usable token",): """
        test_threat_model.py::test_no_stored_value_makes_a_refresh_token
        test_threat_model.py::test_no_stored_value_decrypts_a_key
        api_tokens/test_issue_and_revoke.py::test_the_digest_of_the_table_opens_nothing
        tokens/test_refresh_token.py::test_reader_of_the_row_cannot_make_the_child""",
    (
        "write access to the database: longer",
        "write access to the database: any account",
    ): """
        test_promises.py::test_who_writes_the_database_makes_sessions_longer_and_takes_accounts""",
    ("write access to the database: a signing key",): """
        test_threat_model.py::test_key_edited_in_sql_is_no_key
        test_threat_model.py::test_key_slipped_in_stops_the_ring_and_does_not_join_it""",
    ("`SECRET_KEY` (where `KEY_ENCRYPTION_KEYS` is not set): signing keys",): """
        test_threat_model.py::test_secret_key_alone_makes_no_token
        test_threat_model.py::test_keys_encrypted_apart_from_secret_key_cannot_be_decrypted_with_it""",
    (
        "both: every signing key",
        "Forging with both the database",
    ): """
        test_threat_model.py::test_database_and_secret_key_together_forge_access_tokens""",
    ("both: past or present",): """
        test_threat_model.py::test_database_and_secret_key_together_make_no_refresh_token""",
    ("a backup: as *read access",): """
        test_threat_model.py::test_no_table_contains_a_token_or_its_secret""",
    ("a backup: a usable token",): """
        test_threat_model.py::test_token_newer_than_the_backup_ends_its_session
        test_threat_model.py::test_raised_epoch_ends_what_a_backup_brought_back
        management/test_bearer_invalidate_after_restore.py::test_ends_what_the_backup_would_bring_back""",
    ("one access token: everything",): """
        http/test_route_access.py::test_a_token_opens_every_route
        endpoints/test_refresh.py::test_an_access_token_never_outlives_its_session
        endpoints/test_api_tokens.py::test_what_ends_other_sessions_wants_a_recent_login_and_what_reads_does_not
        attacks/test_admin_scopes.py::test_one_that_may_do_everything_goes_in
        endpoints/test_api_tokens.py::test_wants_a_recent_login
        endpoints/test_api_tokens.py::test_a_page_sends_the_password_too""",
    ("one access token: a refresh token",): """
        endpoints/test_refresh.py::test_an_access_token_is_no_refresh_token_and_the_reverse""",
    ("one access token: more scopes",): """
        endpoints/test_api_tokens.py::test_may_do_no_more_than_the_token_that_asks
        endpoints/test_step_up.py::test_scope_and_audience_are_those_of_the_token_that_asks""",
    ("one access token: after a login without",): """
        endpoints/test_step_up.py::test_a_wrong_password_changes_nothing
        endpoints/test_handover.py::test_the_access_token_of_an_app_alone_hands_nothing_over
        endpoints/test_email_change.py::test_a_stolen_token_of_a_fresh_login_changes_no_address
        projects/through_allauth/takeovers.py::test_a_stolen_token_of_a_fresh_login_changes_no_account
        accounts/test_account_changes.py::test_no_access_token_of_a_login_alone_changes_how_somebody_with_a_password_gets_in""",
    ("one API token: everything",): """
        api_tokens/test_issue_and_revoke.py::test_it_opens_views_of_both_kinds
        api_tokens/test_issue_and_revoke.py::test_revoked
        api_tokens/test_issue_and_revoke.py::test_past_its_end""",
    ("one API token: another token",): """
        api_tokens/test_issue_and_revoke.py::test_endpoints_for_sessions""",
    ("one API token: a session",): """
        api_tokens/test_issue_and_revoke.py::test_it_never_refreshes
        endpoints/test_step_up.py::test_an_api_token_has_no_session_to_step_up""",
    ("one API token: the admin",): """
        projects/pages/test_pages.py::test_a_token_made_to_do_less_opens_nothing""",
    ("one client secret: answers",): """
        endpoints/test_introspect.py::test_in_03_the_audience_fits_the_service_that_asks""",
    ("one client secret: refreshing",): """
        sessions/test_clients.py::test_a_confidential_client_proves_itself_at_login_and_refresh
        endpoints/test_revoke.py::test_rv_02_a_token_of_another_client_is_not_revoked_and_nothing_is_told""",
    ("one client secret: a token",): """
        test_promises.py::test_a_clients_secret_alone_gets_no_token""",
    ("one known-device token: 20 guesses",): """
        rate_limits/test_devices.py::test_a_stolen_credential_buys_twenty_guesses_an_hour
        rate_limits/test_devices.py::test_devices_of_one_account_have_one_count_together""",
    ("one known-device token: a login",): """
        rate_limits/test_devices.py::test_a_stolen_credential_buys_twenty_guesses_an_hour""",
    ("one known-device token: anything after",): """
        rate_limits/test_known_devices_everywhere.py::test_a_device_outlives_a_rehash_and_ends_with_a_logout_everywhere""",
    ("one remembered-device token: with the account's password",): """
        endpoints/test_remembered_devices.py::test_a_password_alone_logs_in_where_the_second_factor_was_shown
        endpoints/test_remembered_devices.py::test_what_ends_it""",
    ("one remembered-device token: anything without",): """
        endpoints/test_remembered_devices.py::test_a_wrong_password_is_refused_as_before
        endpoints/test_remembered_devices.py::test_no_other_token_stands_for_it_and_it_stands_for_no_other""",
    ("one remembered-device token: a recent login",): """
        endpoints/test_remembered_devices.py::test_such_a_login_is_no_recent_one
        endpoints/test_remembered_devices.py::test_a_step_up_asks_for_the_code_and_then_the_session_is_strong""",
    ("one refresh token: the session",): """
        concurrency/test_refusals.py::test_attacker_and_owner_at_once_end_the_session
        endpoints/test_refresh.py::test_a_used_token_after_the_grace_ends_its_session_and_no_other""",
    ("one refresh token: a session that outlasts",): """
        endpoints/test_refresh.py::test_sessions_end_idle_and_absolute""",
    ("Within ten seconds of a rotation",): """
        endpoints/test_refresh.py::test_a_repeat_within_the_grace_gets_the_same_successor
        /tests/benchmarks/test_rotation_sim.py::test_without_rotation_interval_or_retry_key_some_are""",
    ("Rotation does not notice an attacker",): """
        /tests/benchmarks/test_rotation_sim.py::test_an_attacker_is_detected_unless_it_follows_the_owner_closely""",
    ("From another address or client each such use",): """
        sessions/test_rotation_rules.py::test_row_18_another_context_is_counted""",
    ("Only binding the token to a key",): """
        sessions/test_rotation_rules.py::test_row_8_proof_of_the_bound_key_missing_or_bad_changes_nothing_even_if_stale""",
    ("**Script injected into your page**",): """
        /tests/browser/test_page.py::test_what_each_attack_got_and_what_that_is_worth""",
    ("It cannot read the refresh token",): """
        /tests/browser/test_page.py::test_the_attack_demo_gets_nothing_that_lasts
        /tests/browser/test_cross_site.py::test_no_script_sees_the_cookie_not_even_on_its_own_host""",
    ("A view that names none accepts",): """
        test_promises.py::test_a_view_that_names_no_scope_takes_every_token_of_the_user""",
    ("**Another service**",): """
        test_services_guide.py::test_by_the_public_keys""",
    ("Windows slide",): """
        test_promises.py::test_a_window_lets_at_most_twice_its_rate_through_in_its_length""",
    ("Rate limits bound guessing",): """
        attacks/test_flood.py::test_attempts_over_a_full_rate_limit_write_one_line_a_second""",
    ("**Other databases**",): """
        test_promises.py::test_another_database_than_those_named_is_an_error
        test_promises.py::test_no_session_is_read_from_a_replica""",
    ("A token accepted over plain HTTP from",): """
        http/test_https.py::test_plain_http_is_allowed_from_named_networks_only""",
    ("Reading the claims of an access token",): """
        test_promises.py::test_whoever_has_an_access_token_reads_its_claims""",
    (
        "The second signature that ECDSA allows",
        "It says the same and ends with the first",
    ): """
        test_promises.py::test_the_second_signature_says_the_same_and_is_revoked_with_the_first""",
    ("A refresh that is answered twice",): """
        endpoints/test_refresh.py::test_a_repeat_within_the_grace_gets_the_same_successor
        endpoints/test_refresh.py::test_a_lost_answer_can_be_asked_for_again_with_the_retry_key""",
    ("A login answered with `throttled`",): """
        attacks/test_rate_limits.py::test_a_refusal_does_not_tell_that_two_names_are_one_account
        attacks/test_rate_limits.py::test_a_quiet_refusal_is_the_answer_to_a_wrong_password
        endpoints/test_login.py::test_unknown_user_costs_a_hash_like_a_known_one""",
}
"""Tests by how their sentences begin: below `library/tests`, or with a slash below the repository."""

PROMISES = {start: tests for starts, tests in TESTS_OF.items() for start in starts}

UNTESTED = {
    "read access to the database: Django's own tables": NOTHING_OF_OURS,
    "write access to the database: denial of service": NOTHING_OF_OURS,
    "`SECRET_KEY` (where `KEY_ENCRYPTION_KEYS` is not set): what it signs": NOTHING_OF_OURS,
    "one refresh token: the user's password": "no refresh token is made of it",
    "(A backend of your own may tell": DEFINITION,
    "A weak password accepted": "the form is the project's",
}
"""Sentences about what is not this package's, each with the reason."""


def sentences() -> Iterator[str]:
    """Every sentence of the sections that promise something; in a table, each part of a cell after its subject."""
    for section in PAGE.read_text().split("\n## "):
        title, _, text = section.partition("\n")
        if title not in NOT_PROMISES and not title.startswith("# "):
            for block in re.split(r"\n(?=\d+\. |\* |\| |\n)", text):
                yield from _parts(block.strip())


def _parts(block: str) -> Iterator[str]:
    if block.startswith("|"):
        subject, *cells = [cell.strip() for cell in block.strip("|").split(" | ")]
        if subject not in ("who has", "---|---|---"):
            yield from (f"{subject}: {part}" for cell in cells for part in cell.split("; "))
        return
    plain = re.sub(r"^(\d+\.|\*) +(\*\*[^*]+\.\*\* +)?", "", " ".join(block.split()))
    yield from filter(None, re.split(r"(?<=[.!]) +(?=[A-Z`(*])", plain))


def test_every_sentence_has_tests_or_a_reason() -> None:
    known = [*PROMISES, *UNTESTED]
    unknown = [one for one in sentences() if sum(one.startswith(start) for start in known) != 1]
    assert unknown == [], "new or changed: name its tests in TESTS_OF"


def test_every_line_of_the_list_is_about_a_sentence() -> None:
    said = list(sentences())
    assert [start for start in (*PROMISES, *UNTESTED) if not any(one.startswith(start) for one in said)] == []


@pytest.mark.parametrize("start", PROMISES)
def test_its_tests_are_there(start: str) -> None:
    for name in PROMISES[start].split():
        path, _, function = name.partition("::")
        source = (ROOT / path[1:] if path.startswith("/") else TESTS / path).read_text()
        assert re.search(rf"def {function}\(", source), f"{name} is gone"
