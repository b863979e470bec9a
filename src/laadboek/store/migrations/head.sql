-- schema 2d6ff85eef0090362d76d5110bdf5b8d3d760aee300677de64989b95305daab6
CREATE TABLE accounts (
	id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	time_zone TEXT NOT NULL,
	language TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	setup TEXT,
	closed_at BIGINT,
	CONSTRAINT pk_accounts PRIMARY KEY (id),
	CONSTRAINT uq_accounts_public_id UNIQUE (public_id)
);

CREATE TABLE frames (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charge_point_id INTEGER NOT NULL,
	message_id TEXT NOT NULL,
	payload_hash BLOB NOT NULL,
	action TEXT NOT NULL,
	text BLOB NOT NULL,
	answer BLOB NOT NULL,
	received_at BIGINT NOT NULL,
	CONSTRAINT pk_frames PRIMARY KEY (id)
);

CREATE UNIQUE INDEX uq_frames_once ON frames (charge_point_id, message_id, payload_hash) WHERE action IN ('StartTransaction', 'StopTransaction');

CREATE TABLE meter_values (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charge_point_id INTEGER NOT NULL,
	connector_id INTEGER NOT NULL,
	transaction_id BIGINT,
	sampled_at BIGINT NOT NULL,
	context TEXT,
	register_wh BIGINT,
	power_w BIGINT,
	samples BLOB NOT NULL,
	digest BIGINT NOT NULL,
	CONSTRAINT pk_meter_values PRIMARY KEY (id),
	CONSTRAINT uq_meter_values_charge_point_id_sampled_at_digest UNIQUE (charge_point_id, sampled_at, digest)
);

CREATE TABLE pre_sign_ins (
	id INTEGER NOT NULL,
	kind TEXT NOT NULL,
	token_hash BLOB NOT NULL,
	body BLOB NOT NULL,
	expires_at BIGINT NOT NULL,
	CONSTRAINT pk_pre_sign_ins PRIMARY KEY (id),
	CONSTRAINT uq_pre_sign_ins_token_hash UNIQUE (token_hash)
);

CREATE TABLE audit (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	actor TEXT NOT NULL,
	what TEXT NOT NULL,
	details TEXT NOT NULL,
	at BIGINT NOT NULL,
	network TEXT,
	seq BIGINT,
	hash BLOB,
	CONSTRAINT pk_audit PRIMARY KEY (id),
	CONSTRAINT uq_audit_account_id_seq UNIQUE (account_id, seq),
	CONSTRAINT fk_audit_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE audit_heads (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	hash BLOB NOT NULL,
	CONSTRAINT pk_audit_heads PRIMARY KEY (id),
	CONSTRAINT uq_audit_heads_account_id UNIQUE (account_id),
	CONSTRAINT fk_audit_heads_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE drivers (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	id_tag TEXT NOT NULL,
	kind TEXT NOT NULL,
	mode TEXT NOT NULL,
	blocked INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	valid_from BIGINT,
	valid_until BIGINT,
	hours TEXT,
	budget_wh BIGINT,
	budget_span TEXT,
	all_chargers INTEGER NOT NULL,
	CONSTRAINT pk_drivers PRIMARY KEY (id),
	CONSTRAINT uq_drivers_account_id_id_tag UNIQUE (account_id, id_tag),
	CONSTRAINT fk_drivers_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_drivers_public_id UNIQUE (public_id)
);

CREATE TABLE export_schedules (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	address TEXT NOT NULL,
	secret BLOB,
	every TEXT NOT NULL,
	format TEXT NOT NULL,
	only_kind TEXT,
	language TEXT NOT NULL,
	enabled INTEGER NOT NULL,
	hour INTEGER NOT NULL,
	due_for TEXT NOT NULL,
	next_at BIGINT NOT NULL,
	tries INTEGER NOT NULL,
	sent_at BIGINT,
	sent_for TEXT,
	error TEXT,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_export_schedules PRIMARY KEY (id),
	CONSTRAINT fk_export_schedules_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_export_schedules_public_id UNIQUE (public_id)
);

CREATE TABLE id_tags (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	id_tag TEXT NOT NULL,
	id_tag_folded TEXT NOT NULL,
	parent_id_tag TEXT,
	driver_id TEXT,
	kind TEXT NOT NULL,
	blocked INTEGER NOT NULL,
	expires_at BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_id_tags PRIMARY KEY (id),
	CONSTRAINT uq_id_tags_account_id_id_tag_folded UNIQUE (account_id, id_tag_folded),
	CONSTRAINT fk_id_tags_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE invitations (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	email TEXT NOT NULL,
	role TEXT NOT NULL,
	drivers TEXT,
	token_hash BLOB NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	CONSTRAINT pk_invitations PRIMARY KEY (id),
	CONSTRAINT fk_invitations_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_invitations_public_id UNIQUE (public_id),
	CONSTRAINT uq_invitations_token_hash UNIQUE (token_hash)
);

CREATE TABLE ledger_entries (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	chain TEXT NOT NULL,
	seq BIGINT NOT NULL,
	version INTEGER NOT NULL,
	body BLOB NOT NULL,
	previous_hash BLOB NOT NULL,
	hash BLOB NOT NULL,
	entry TEXT NOT NULL,
	session_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	energy_wh BIGINT NOT NULL,
	CONSTRAINT pk_ledger_entries PRIMARY KEY (id),
	CONSTRAINT uq_ledger_entries_chain_seq UNIQUE (chain, seq),
	CONSTRAINT fk_ledger_entries_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE INDEX ix_ledger_entries_session_id ON ledger_entries (session_id);

CREATE TABLE ledger_heads (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	chain TEXT NOT NULL,
	seq BIGINT NOT NULL,
	hash BLOB NOT NULL,
	CONSTRAINT pk_ledger_heads PRIMARY KEY (id),
	CONSTRAINT fk_ledger_heads_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_ledger_heads_chain UNIQUE (chain)
);

CREATE TABLE ledger_personal (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	chain TEXT NOT NULL,
	seq BIGINT NOT NULL,
	field TEXT NOT NULL,
	salt BLOB NOT NULL,
	value TEXT NOT NULL,
	CONSTRAINT pk_ledger_personal PRIMARY KEY (id),
	CONSTRAINT uq_ledger_personal_chain_seq_field UNIQUE (chain, seq, field),
	CONSTRAINT fk_ledger_personal_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE mails (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	recipient TEXT NOT NULL,
	subject TEXT NOT NULL,
	body BLOB NOT NULL,
	state TEXT NOT NULL,
	tries INTEGER NOT NULL,
	next_at BIGINT NOT NULL,
	error TEXT,
	created_at BIGINT NOT NULL,
	sent_at BIGINT,
	CONSTRAINT pk_mails PRIMARY KEY (id),
	CONSTRAINT fk_mails_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_mails_public_id UNIQUE (public_id)
);

CREATE INDEX ix_mails_state ON mails (state);

CREATE TABLE prices (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	source TEXT NOT NULL,
	zone TEXT NOT NULL,
	starts_at BIGINT NOT NULL,
	length_s INTEGER NOT NULL,
	micro_per_kwh BIGINT NOT NULL,
	fetched_at BIGINT NOT NULL,
	CONSTRAINT pk_prices PRIMARY KEY (id),
	CONSTRAINT uq_prices_account_id_source_zone_starts_at UNIQUE (account_id, source, zone, starts_at),
	CONSTRAINT fk_prices_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
);

CREATE TABLE sites (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	config TEXT NOT NULL,
	secret BLOB,
	forecast_secret BLOB,
	state_version INTEGER NOT NULL,
	state BLOB,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_sites PRIMARY KEY (id),
	CONSTRAINT fk_sites_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_sites_public_id UNIQUE (public_id)
);

CREATE TABLE users (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	email TEXT NOT NULL,
	name TEXT NOT NULL,
	password_hash TEXT,
	language TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	email_confirmed_at BIGINT,
	totp_secret BLOB,
	totp_confirmed_at BIGINT,
	totp_step BIGINT,
	CONSTRAINT pk_users PRIMARY KEY (id),
	CONSTRAINT fk_users_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_users_public_id UNIQUE (public_id),
	CONSTRAINT uq_users_email UNIQUE (email)
);

CREATE TABLE api_tokens (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	token_hash BLOB NOT NULL,
	scopes TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT,
	used_at BIGINT,
	CONSTRAINT pk_api_tokens PRIMARY KEY (id),
	CONSTRAINT fk_api_tokens_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_api_tokens_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT uq_api_tokens_public_id UNIQUE (public_id),
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);

CREATE TABLE chargers (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	device TEXT NOT NULL,
	device_config TEXT NOT NULL,
	state_version INTEGER NOT NULL,
	state BLOB,
	created_at BIGINT NOT NULL,
	site_id INTEGER,
	pin_scope TEXT NOT NULL,
	removed_at BIGINT,
	CONSTRAINT pk_chargers PRIMARY KEY (id),
	CONSTRAINT fk_chargers_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_chargers_public_id UNIQUE (public_id),
	CONSTRAINT fk_chargers_site_id_sites FOREIGN KEY(site_id) REFERENCES sites (id)
);

CREATE TABLE email_proofs (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	purpose TEXT NOT NULL,
	email TEXT NOT NULL,
	token_hash BLOB NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	CONSTRAINT pk_email_proofs PRIMARY KEY (id),
	CONSTRAINT fk_email_proofs_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_email_proofs_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT uq_email_proofs_token_hash UNIQUE (token_hash)
);

CREATE TABLE forecasts (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	site_id INTEGER NOT NULL,
	source TEXT NOT NULL,
	body TEXT NOT NULL,
	fetched_at BIGINT NOT NULL,
	CONSTRAINT pk_forecasts PRIMARY KEY (id),
	CONSTRAINT fk_forecasts_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_forecasts_site_id UNIQUE (site_id),
	CONSTRAINT fk_forecasts_site_id_sites FOREIGN KEY(site_id) REFERENCES sites (id)
);

CREATE TABLE identities (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	provider TEXT NOT NULL,
	issuer TEXT NOT NULL,
	subject TEXT NOT NULL,
	email TEXT,
	created_at BIGINT NOT NULL,
	used_at BIGINT,
	CONSTRAINT pk_identities PRIMARY KEY (id),
	CONSTRAINT uq_identities_issuer_subject UNIQUE (issuer, subject),
	CONSTRAINT fk_identities_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_identities_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE memberships (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	role TEXT NOT NULL,
	drivers TEXT,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_memberships PRIMARY KEY (id),
	CONSTRAINT uq_memberships_account_id_user_id UNIQUE (account_id, user_id),
	CONSTRAINT fk_memberships_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_memberships_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE notice_channels (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	kind TEXT NOT NULL,
	user_id INTEGER,
	address TEXT NOT NULL,
	secret BLOB,
	language TEXT NOT NULL,
	codes TEXT NOT NULL,
	enabled INTEGER NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_notice_channels PRIMARY KEY (id),
	CONSTRAINT fk_notice_channels_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_notice_channels_public_id UNIQUE (public_id),
	CONSTRAINT fk_notice_channels_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE passkeys (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	name TEXT NOT NULL,
	credential_id BLOB NOT NULL,
	public_key BLOB NOT NULL,
	sign_count BIGINT NOT NULL,
	transports TEXT,
	created_at BIGINT NOT NULL,
	used_at BIGINT,
	CONSTRAINT pk_passkeys PRIMARY KEY (id),
	CONSTRAINT fk_passkeys_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_passkeys_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT uq_passkeys_public_id UNIQUE (public_id),
	CONSTRAINT uq_passkeys_credential_id UNIQUE (credential_id)
);

CREATE TABLE recovery_codes (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	code_hash BLOB NOT NULL,
	used_at BIGINT,
	CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
	CONSTRAINT uq_recovery_codes_user_id_code_hash UNIQUE (user_id, code_hash),
	CONSTRAINT fk_recovery_codes_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_recovery_codes_user_id_users FOREIGN KEY(user_id) REFERENCES users (id)
);

CREATE TABLE sign_ins (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	user_id INTEGER NOT NULL,
	token_hash BLOB NOT NULL,
	created_at BIGINT NOT NULL,
	last_seen_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	acting_account_id INTEGER,
	public_id TEXT NOT NULL,
	browser TEXT,
	network TEXT,
	method TEXT NOT NULL,
	proved_at BIGINT NOT NULL,
	CONSTRAINT pk_sign_ins PRIMARY KEY (id),
	CONSTRAINT fk_sign_ins_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_sign_ins_user_id_users FOREIGN KEY(user_id) REFERENCES users (id),
	CONSTRAINT uq_sign_ins_token_hash UNIQUE (token_hash),
	CONSTRAINT fk_sign_ins_acting_account_id_accounts FOREIGN KEY(acting_account_id) REFERENCES accounts (id),
	CONSTRAINT uq_sign_ins_public_id UNIQUE (public_id)
);

CREATE TABLE charge_points (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	charge_box_id TEXT NOT NULL,
	key_mac BLOB,
	charger_id INTEGER,
	registration TEXT NOT NULL,
	vendor TEXT,
	model TEXT,
	serial_number TEXT,
	firmware_version TEXT,
	booted_at BIGINT,
	last_seen_at BIGINT,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_charge_points PRIMARY KEY (id),
	CONSTRAINT fk_charge_points_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_charge_points_public_id UNIQUE (public_id),
	CONSTRAINT uq_charge_points_charge_box_id UNIQUE (charge_box_id),
	CONSTRAINT fk_charge_points_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id)
);

CREATE TABLE driver_chargers (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	driver_id INTEGER NOT NULL,
	charger_id INTEGER NOT NULL,
	pin_mac BLOB,
	CONSTRAINT pk_driver_chargers PRIMARY KEY (id),
	CONSTRAINT uq_driver_chargers_driver_id_charger_id UNIQUE (driver_id, charger_id),
	CONSTRAINT uq_driver_chargers_charger_id_pin_mac UNIQUE (charger_id, pin_mac),
	CONSTRAINT fk_driver_chargers_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_driver_chargers_driver_id_drivers FOREIGN KEY(driver_id) REFERENCES drivers (id),
	CONSTRAINT fk_driver_chargers_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id)
);

CREATE TABLE facts (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charger_id INTEGER NOT NULL,
	number BIGINT NOT NULL,
	version INTEGER NOT NULL,
	body BLOB NOT NULL,
	told_at BIGINT NOT NULL,
	CONSTRAINT pk_facts PRIMARY KEY (id),
	CONSTRAINT uq_facts_charger_id_number UNIQUE (charger_id, number),
	CONSTRAINT fk_facts_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_facts_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id)
);

CREATE TABLE links (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charger_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	position INTEGER NOT NULL,
	role TEXT NOT NULL,
	backend_uri TEXT NOT NULL,
	charge_box_id TEXT NOT NULL,
	user_name TEXT NOT NULL,
	authorization_key BLOB,
	settings TEXT NOT NULL,
	state_version INTEGER NOT NULL,
	state BLOB,
	applied_fact BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	lifecycle TEXT DEFAULT 'active' NOT NULL,
	preset TEXT,
	agreed_at BIGINT,
	CONSTRAINT pk_links PRIMARY KEY (id),
	CONSTRAINT uq_links_charger_id_position UNIQUE (charger_id, position),
	CONSTRAINT fk_links_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_links_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id),
	CONSTRAINT uq_links_public_id UNIQUE (public_id)
);

CREATE TABLE notices (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	charger_id INTEGER,
	site_id INTEGER,
	driver_id TEXT,
	code TEXT NOT NULL,
	params TEXT NOT NULL,
	happened_at BIGINT NOT NULL,
	CONSTRAINT pk_notices PRIMARY KEY (id),
	CONSTRAINT fk_notices_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_notices_public_id UNIQUE (public_id),
	CONSTRAINT fk_notices_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id),
	CONSTRAINT fk_notices_site_id_sites FOREIGN KEY(site_id) REFERENCES sites (id)
);

CREATE INDEX ix_notices_account_id_happened_at ON notices (account_id, happened_at);

CREATE TABLE connector_statuses (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charge_point_id INTEGER NOT NULL,
	connector_id INTEGER NOT NULL,
	status TEXT NOT NULL,
	error_code TEXT NOT NULL,
	info TEXT,
	reported_at BIGINT NOT NULL,
	CONSTRAINT pk_connector_statuses PRIMARY KEY (id),
	CONSTRAINT uq_connector_statuses_charge_point_id_connector_id UNIQUE (charge_point_id, connector_id),
	CONSTRAINT fk_connector_statuses_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_connector_statuses_charge_point_id_charge_points FOREIGN KEY(charge_point_id) REFERENCES charge_points (id)
);

CREATE TABLE link_secrets (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	link_id INTEGER NOT NULL,
	name TEXT NOT NULL,
	sealed BLOB NOT NULL,
	created_at BIGINT NOT NULL,
	CONSTRAINT pk_link_secrets PRIMARY KEY (id),
	CONSTRAINT uq_link_secrets_link_id_name UNIQUE (link_id, name),
	CONSTRAINT fk_link_secrets_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_link_secrets_link_id_links FOREIGN KEY(link_id) REFERENCES links (id)
);

CREATE TABLE notice_deliveries (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	notice_id INTEGER NOT NULL,
	channel_id INTEGER NOT NULL,
	state TEXT NOT NULL,
	tries INTEGER NOT NULL,
	next_at BIGINT,
	error TEXT,
	CONSTRAINT pk_notice_deliveries PRIMARY KEY (id),
	CONSTRAINT uq_notice_deliveries_notice_id_channel_id UNIQUE (notice_id, channel_id),
	CONSTRAINT fk_notice_deliveries_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_notice_deliveries_notice_id_notices FOREIGN KEY(notice_id) REFERENCES notices (id),
	CONSTRAINT fk_notice_deliveries_channel_id_notice_channels FOREIGN KEY(channel_id) REFERENCES notice_channels (id)
);

CREATE INDEX ix_notice_deliveries_state ON notice_deliveries (state);

CREATE TABLE operations (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	charge_point_id INTEGER NOT NULL,
	action TEXT NOT NULL,
	payload BLOB NOT NULL,
	idempotency_key TEXT,
	actor TEXT NOT NULL,
	state TEXT NOT NULL,
	message_id TEXT,
	answer BLOB,
	requested_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	sent_at BIGINT,
	settled_at BIGINT,
	CONSTRAINT pk_operations PRIMARY KEY (id),
	CONSTRAINT uq_operations_account_id_idempotency_key UNIQUE (account_id, idempotency_key),
	CONSTRAINT fk_operations_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_operations_public_id UNIQUE (public_id),
	CONSTRAINT fk_operations_charge_point_id_charge_points FOREIGN KEY(charge_point_id) REFERENCES charge_points (id)
);

CREATE INDEX ix_operations_charge_point_id_state ON operations (charge_point_id, state);

CREATE TABLE orphans (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charge_point_id INTEGER NOT NULL,
	action TEXT NOT NULL,
	why TEXT NOT NULL,
	transaction_id BIGINT,
	payload_hash BLOB NOT NULL,
	text BLOB NOT NULL,
	received_at BIGINT NOT NULL,
	matched_at BIGINT,
	CONSTRAINT pk_orphans PRIMARY KEY (id),
	CONSTRAINT uq_orphans_charge_point_id_payload_hash UNIQUE (charge_point_id, payload_hash),
	CONSTRAINT fk_orphans_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_orphans_charge_point_id_charge_points FOREIGN KEY(charge_point_id) REFERENCES charge_points (id)
);

CREATE TABLE outbox (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	link_id INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	action TEXT NOT NULL,
	session_id TEXT,
	version INTEGER NOT NULL,
	body BLOB NOT NULL,
	state TEXT NOT NULL,
	answer BLOB,
	created_at BIGINT NOT NULL,
	settled_at BIGINT,
	CONSTRAINT pk_outbox PRIMARY KEY (id),
	CONSTRAINT uq_outbox_link_id_seq UNIQUE (link_id, seq),
	CONSTRAINT fk_outbox_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_outbox_link_id_links FOREIGN KEY(link_id) REFERENCES links (id)
);

CREATE INDEX ix_outbox_link_id_state ON outbox (link_id, state);

CREATE TABLE outbox_attempts (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	link_id INTEGER NOT NULL,
	seq BIGINT NOT NULL,
	attempt INTEGER NOT NULL,
	message_id TEXT NOT NULL,
	text BLOB NOT NULL,
	socket_no BIGINT NOT NULL,
	sent_at BIGINT NOT NULL,
	outcome TEXT,
	answer BLOB,
	CONSTRAINT pk_outbox_attempts PRIMARY KEY (id),
	CONSTRAINT uq_outbox_attempts_link_id_seq_attempt UNIQUE (link_id, seq, attempt),
	CONSTRAINT fk_outbox_attempts_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_outbox_attempts_link_id_links FOREIGN KEY(link_id) REFERENCES links (id)
);

CREATE TABLE security_log (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charger_id INTEGER NOT NULL,
	link_id INTEGER,
	type TEXT NOT NULL,
	tech_info TEXT,
	happened_at BIGINT NOT NULL,
	CONSTRAINT pk_security_log PRIMARY KEY (id),
	CONSTRAINT fk_security_log_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_security_log_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id),
	CONSTRAINT fk_security_log_link_id_links FOREIGN KEY(link_id) REFERENCES links (id)
);

CREATE INDEX ix_security_log_charger_id_happened_at ON security_log (charger_id, happened_at);

CREATE TABLE session_images (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	link_id INTEGER NOT NULL,
	session_id TEXT NOT NULL,
	id_tag TEXT NOT NULL,
	transaction_id BIGINT,
	start_register_wh BIGINT NOT NULL,
	end_register_wh BIGINT,
	state TEXT NOT NULL,
	CONSTRAINT pk_session_images PRIMARY KEY (id),
	CONSTRAINT uq_session_images_link_id_session_id UNIQUE (link_id, session_id),
	CONSTRAINT fk_session_images_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_session_images_link_id_links FOREIGN KEY(link_id) REFERENCES links (id)
);

CREATE INDEX ix_session_images_session_id ON session_images (session_id);

CREATE TABLE sessions (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	public_id TEXT NOT NULL,
	charger_id INTEGER,
	charge_point_id INTEGER,
	connector_id INTEGER NOT NULL,
	driver_id TEXT,
	driver_name TEXT,
	id_tag TEXT NOT NULL,
	kind TEXT NOT NULL,
	mode TEXT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT,
	start_register_wh BIGINT NOT NULL,
	end_register_wh BIGINT,
	energy_wh BIGINT,
	reason TEXT,
	version INTEGER NOT NULL,
	body BLOB NOT NULL,
	sun_wh BIGINT,
	cost_micro BIGINT,
	currency TEXT,
	odometer_km INTEGER,
	flags TEXT,
	CONSTRAINT pk_sessions PRIMARY KEY (id),
	CONSTRAINT fk_sessions_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT uq_sessions_public_id UNIQUE (public_id),
	CONSTRAINT fk_sessions_charger_id_chargers FOREIGN KEY(charger_id) REFERENCES chargers (id),
	CONSTRAINT fk_sessions_charge_point_id_charge_points FOREIGN KEY(charge_point_id) REFERENCES charge_points (id)
);

CREATE INDEX ix_sessions_account_id_started_at ON sessions (account_id, started_at, kind, ended_at, energy_wh, sun_wh, cost_micro, currency, driver_id, charger_id, charge_point_id);

CREATE INDEX ix_sessions_charge_point_id ON sessions (charge_point_id);

CREATE INDEX ix_sessions_charger_id ON sessions (charger_id);

CREATE TABLE transactions (
	id INTEGER NOT NULL,
	account_id INTEGER NOT NULL,
	charge_point_id INTEGER NOT NULL,
	transaction_id BIGINT NOT NULL,
	connector_id INTEGER NOT NULL,
	id_tag TEXT NOT NULL,
	id_tag_folded TEXT NOT NULL,
	meter_start_wh BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	started_text TEXT NOT NULL,
	start_received_at BIGINT NOT NULL,
	meter_stop_wh BIGINT,
	stopped_at BIGINT,
	stopped_text TEXT,
	stop_reason TEXT,
	stop_id_tag TEXT,
	stop_received_at BIGINT,
	last_register_wh BIGINT,
	state TEXT NOT NULL,
	flags TEXT NOT NULL,
	session_id TEXT,
	CONSTRAINT pk_transactions PRIMARY KEY (id),
	CONSTRAINT uq_transactions_charge_point_id_connector_id_id_tag_folded_started_at_meter_start_wh UNIQUE (charge_point_id, connector_id, id_tag_folded, started_at, meter_start_wh),
	CONSTRAINT fk_transactions_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
	CONSTRAINT fk_transactions_charge_point_id_charge_points FOREIGN KEY(charge_point_id) REFERENCES charge_points (id),
	CONSTRAINT uq_transactions_transaction_id UNIQUE (transaction_id)
);

CREATE INDEX ix_transactions_account_id_id_tag_folded ON transactions (account_id, id_tag_folded);

CREATE INDEX ix_transactions_charge_point_id_state ON transactions (charge_point_id, state);

