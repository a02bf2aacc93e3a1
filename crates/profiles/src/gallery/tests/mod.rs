//! Galleries through HTTP, from the upload request to the picture, with the failures in between.

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
