//! Not empty soon.
