#pragma once

struct log_writer;
void log_file_open(struct log_writer *writer, int fd, int tee_fd);
