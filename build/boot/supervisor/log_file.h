#ifndef FN_LOG_FILE_H
#define FN_LOG_FILE_H

struct log_writer;
void log_file_open(struct log_writer *writer, int fd, int tee_fd);

#endif
