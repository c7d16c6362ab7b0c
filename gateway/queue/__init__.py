"""In which order the desk answers, who may answer what, and the next ticket for whoever asks."""
