mod doubt;
mod ending;
mod pace;
mod providers;
mod relay_trouble;
