mod http;
mod rules;
