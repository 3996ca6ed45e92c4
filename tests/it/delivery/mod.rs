mod crash_points;
mod plan;
mod simulation;
