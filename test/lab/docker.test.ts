import { sitExam } from './docker-exam'

sitExam()
