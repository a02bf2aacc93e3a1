mod http;
mod rules;
mod week;
mod week_in_use;
