//! Galleries through HTTP, from the request for an upload to the picture, and everything that goes
//! wrong between.

mod bucket;
mod complete;
mod crash;
mod crowd;
mod flow;
mod form;
mod privacy;
mod scene;
mod unsteady;
mod upload_expiry;
