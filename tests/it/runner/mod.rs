mod doubt;
mod ending;
mod pace;
mod relay_trouble;
