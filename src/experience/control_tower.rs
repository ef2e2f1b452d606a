//! Control_tower.
