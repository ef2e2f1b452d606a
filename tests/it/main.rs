//! The stories: what people do with Haulgate, told through the production router, on both databases.

mod arrows;
