//! Tests of the program as a whole, one binary; this file only declares.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod admin_accounts;
mod admin_keys;
mod admin_messages;
mod admin_sim;
mod admin_templates;
mod api_hub;
mod api_onboarding;
mod api_refusals;
mod api_send;
mod api_template_family;
mod api_template_rules;
mod api_templates;
mod api_webhook;
mod api_webhooks;
mod browsers;
mod cli_network;
mod cli_phone;
mod cli_plain;
mod cli_session;
mod crash;
mod crash_load;
mod durability;
mod durability_input;
mod free_form;
mod graph;
mod inbound;
mod keep;
mod marketing;
mod media;
mod media_network;
mod media_process;
mod process;
mod process_webhooks;
mod profile;
mod program;
mod registry_upstream;
mod request_ids;
mod stalls;
mod support;
mod template_life;
mod template_pacing;
mod upstream_network;
mod webhook_types;
