//! Rules about secrets: where they are written down, and tokens of service accounts. What looks like a
//! secret is decided in `detect`; no rule here may put a value into a message, a note or a shown field.

mod detect;
mod literal_secret_in_env;
mod long_lived_service_account_token;
mod secret_as_env_var;
mod secret_in_config_map;
mod secret_value_in_file;
mod service_account_token_mounted;

pub(crate) use literal_secret_in_env::LITERAL_SECRET_IN_ENV;
pub(crate) use long_lived_service_account_token::LONG_LIVED_SERVICE_ACCOUNT_TOKEN;
pub(crate) use secret_as_env_var::SECRET_AS_ENV_VAR;
pub(crate) use secret_in_config_map::SECRET_IN_CONFIG_MAP;
pub(crate) use secret_value_in_file::SECRET_VALUE_IN_FILE;
pub(crate) use service_account_token_mounted::SERVICE_ACCOUNT_TOKEN_MOUNTED;
